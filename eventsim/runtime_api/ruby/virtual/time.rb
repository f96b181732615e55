# frozen_string_literal: true

# What time is it in here, and how does a thread wait? The simulation knows; this process only asks.
#
# Time stands still while code runs. It moves on when the platform says so: with an event, with the answer of a call,
# and when a `sleep` is over, which is a request that stays open as long.
#
# Not moved: the limits of `ConditionVariable#wait`, `Thread#join`, `Queue#pop` and `IO.select`, time-outs inside of
# Net::HTTP, and the processor's time.

require "date"
require "timeout"

module Eventsim
  class VirtualClock
    SLEEP = "/_eventsim/sleep"
    EPOCH = "Eventsim-Epoch-Us"
    NUMBER = "Eventsim-Answer"

    attr_reader :now_us, :watch

    # `host` and `port` are the platform's; `epoch_us` is the instant, in microseconds since 1970.
    def initialize(host, port, epoch_us)
      @host = host
      @port = port
      @start_us = @now_us = epoch_us
      @heard = 0
      @watch = Watch.new(host, port) { @heard }
    end

    def passed_us
      @now_us - @start_us
    end

    # Take what an answer tells: the time, and how many answers there were.
    def hear(response)
      @now_us = [@now_us, response[EPOCH].to_i].max
      @heard = [@heard, response[NUMBER].to_i].max
    end

    def wait(span_us)
      wish = { us: span_us, heard: @heard }
      wish[:calls] = 0 if @watch.alone?
      @watch.during(:sleeps) do
        Net::HTTP.start(@host, @port, nil, read_timeout: nil) { |http| http.post(SLEEP, wish.to_json) }
      end
    end
  end

  module VirtualTime
    PER_SECOND = 1_000_000
    COUNTERS = %i[CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_MONOTONIC_COARSE CLOCK_BOOTTIME]
               .select { |name| Process.const_defined?(name) }.map { |name| Process.const_get(name) }.freeze
    DATES = %i[CLOCK_REALTIME CLOCK_REALTIME_COARSE]
            .select { |name| Process.const_defined?(name) }.map { |name| Process.const_get(name) }.freeze
    UNITS = {
      float_second: ->(us) { us.fdiv(PER_SECOND) },
      float_millisecond: ->(us) { us.fdiv(1000) },
      float_microsecond: ->(us) { us.to_f },
      second: ->(us) { us / PER_SECOND },
      millisecond: ->(us) { us / 1000 },
      microsecond: ->(us) { us },
      nanosecond: ->(us) { us * 1000 }
    }.freeze

    class << self
      # Let this process live by a clock from now on.
      def enter(clock)
        move_dates(clock)
        move_counters(clock)
        move_sleep(clock)
        Timeout.singleton_class.prepend(VirtualTimeout)
      end

      private

      def move_dates(clock)
        Time.singleton_class.prepend(Module.new do
          define_method(:now) { |**zone| at(0, clock.now_us, :microsecond, **zone) }
          define_method(:new) { |*parts, **zone| parts.empty? ? now(**zone) : super(*parts, **zone) }
        end)
        Date.singleton_class.prepend(Module.new do
          define_method(:today) { |start = Date::ITALY| Time.now.to_date.new_start(start) }
        end)
        DateTime.singleton_class.prepend(Module.new do
          define_method(:now) { |start = Date::ITALY| Time.now.to_datetime.new_start(start) }
        end)
      end

      def move_counters(clock)
        Process.singleton_class.prepend(Module.new do
          define_method(:clock_gettime) do |id, unit = :float_second|
            us = DATES.include?(id) ? clock.now_us : (clock.passed_us if COUNTERS.include?(id))
            convert = UNITS[unit]
            us && convert ? convert.call(us) : super(id, unit)
          end
        end)
      end

      # A span may be whatever Ruby takes for one: what can be divided.
      def move_sleep(clock)
        real_sleep = Kernel.instance_method(:sleep)
        virtual_sleep = lambda do |*spans|
          span, = spans
          unless spans.size == 1 && span.respond_to?(:divmod) && span >= 0
            return real_sleep.bind(Kernel).call(*spans) # for ever, or Ruby says what is wrong with it
          end

          before_us = clock.now_us
          seconds, rest = span.divmod(1)
          clock.wait(seconds.to_i * PER_SECOND + (rest * PER_SECOND).round)
          (clock.now_us - before_us).fdiv(PER_SECOND).round
        end
        Kernel.define_method(:sleep) { |*spans| virtual_sleep.call(*spans) }
        Kernel.send(:private, :sleep)
        Kernel.define_singleton_method(:sleep) { |*spans| virtual_sleep.call(*spans) }
      end
    end
  end

  # `Timeout.timeout` in virtual time: a thread sleeps beside the block. A connection to the outside takes no time.
  module VirtualTimeout
    # Passes all of the block's `rescue` clauses.
    class Expired < Exception; end

    def timeout(span, error_class = nil, message = nil)
      return yield(span) if span.nil? || span.zero? || error_class == Net::OpenTimeout

      waiting = Thread.current
      message ||= "execution expired"
      expired = (error_class || Expired).new(message)
      begin
        watch = Thread.new do
          sleep(span)
          waiting.raise(expired)
        end
        yield(span)
      rescue Expired => error
        raise unless error.equal?(expired)

        raise Timeout::Error, message
      ensure
        watch.kill.join
      end
    end
  end
end
