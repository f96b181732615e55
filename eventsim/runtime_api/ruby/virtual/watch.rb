# frozen_string_literal: true

# Does this process do anything but wait? Time may pass if it does not, so the simulation wants to be told.
#
# A process with a single thread says so with what it asks for. With more of them a thread of ours looks at the others,
# on the machine's own clock: each of them must stand still, for an answer of the simulation or for another thread.
# Whoever waits for a file, a socket or a program is at work.

module Eventsim
  class Watch
    WAITS = "/_eventsim/waits"
    PAUSE_S = 0.001
    FOR_ANSWERS = %w[wait_readable].freeze
    FOR_THREADS = %w[<< enter join lock pop push shift sleep stop synchronize value wait wait_for_cond].freeze

    # `host` and `port` are the platform's; `heard` tells the number of the last answer that was heard.
    def initialize(host, port, &heard)
      @http = Net::HTTP.new(host, port, nil)
      @http.keep_alive_timeout = Float::INFINITY
      @heard = heard
      @waiting = {} # threads that wait for an answer: `:sleeps` or `:calls`
      @asked = 0 # how often something was asked for
      @pause = Kernel.instance_method(:sleep).bind(Kernel) # on the machine's own clock
    end

    # Whether no other thread may be at work.
    def alone?
      (Thread.list - [@thread]).size == 1
    end

    # Run a block that waits for an answer to something of a kind, `:sleeps` or `:calls`.
    def during(kind)
      @waiting[Thread.current] = kind
      @asked += 1
      @thread ||= Thread.new { look } unless alone?
      yield
    ensure
      @waiting.delete(Thread.current)
    end

    private

    # Tell once of each state that lasts from one look to the next: who was just woken runs in between.
    def look
      told = seen = nil
      loop do
        @pause.call(PAUSE_S)
        before, seen = seen, still? ? [@asked, @heard.call, @waiting.size] : nil
        next if seen.nil? || seen != before || seen == told

        tell
        told = seen
      end
    end

    def still?
      !@waiting.empty? && (Thread.list - [@thread]).all? { |thread| stands_still?(thread) }
    end

    def stands_still?(thread)
      return false if thread.status != "sleep" || thread.pending_interrupt?

      place = thread.backtrace_locations(0, 1)&.first&.base_label
      FOR_THREADS.include?(place) || (@waiting.key?(thread) && FOR_ANSWERS.include?(place))
    end

    def tell
      counts = @waiting.values.tally
      @http.start unless @http.started?
      @http.post(WAITS, { heard: @heard.call, calls: counts.fetch(:calls, 0), sleeps: counts.fetch(:sleeps, 0) }.to_json)
    end
  end
end
