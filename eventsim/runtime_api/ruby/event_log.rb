# frozen_string_literal: true

# How does what user code logs reach the log? Every `puts`, and every line of a Logger, is one event.

require "logger"

module Eventsim
  # The platform's descriptor, where an event is framed: a mark, length, microseconds, text.
  class FrameWriter
    MARK = 0xa55a0003

    def initialize(descriptor)
      @io = IO.for_fd(descriptor, "wb")
      @io.sync = @io.close_on_exec = true
      @turn = Mutex.new
    end

    def write(text)
      bytes = text.b
      micros = Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond)
      frame = [MARK, bytes.bytesize, micros].pack("L>L>Q>") << bytes
      @turn.synchronize { @io.write(frame) }
    end

    # A Logger closes its device; this one is everybody's.
    def close; end
  end

  # Says to which invocation a line belongs.
  class LineFormatter < Logger::Formatter
    LINE = "%<initial>s, [%<time>s #%<pid>d] %<severity>5s %<request_id>s -- %<program>s: %<text>s\n"

    def call(severity, time, program, message)
      format(LINE, initial: severity[0], time: format_datetime(time), pid: Process.pid, severity: severity,
                   request_id: EventLog.request_id, program: program, text: msg2str(message))
    end
  end

  module EventLog
    class << self
      # Of the current invocation.
      attr_accessor :request_id

      # Lead `puts` and loggers to the platform's descriptor, if there is one.
      def open(descriptor)
        return unless descriptor

        writer = FrameWriter.new(Integer(descriptor))
        lead_puts(writer)
        lead_loggers(writer)
      end

      # Write what the runtime has to say of an error.
      def error(headline, error)
        puts headline
        puts JSON.pretty_generate(error.to_h)
      end

      private

      def lead_puts(writer)
        Kernel.define_method(:puts) do |*values|
          text = values.flatten.map { |value| value.to_s.encode("UTF-8") }.join("\n")
          writer.write(text.end_with?("\n") ? text : "#{text}\n")
        end
        Kernel.send(:private, :puts)
      end

      # A Logger for standard output or standard error, and for none.
      def lead_loggers(writer)
        Logger.prepend(Module.new do
          define_method(:initialize) do |device, *rest, formatter: nil, **options|
            return super(device, *rest, formatter: formatter, **options) unless [nil, $stdout, $stderr].include?(device)

            super(writer, *rest, formatter: formatter || LineFormatter.new, **options)
          end
        end)
      end
    end
  end
end
