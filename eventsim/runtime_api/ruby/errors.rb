# frozen_string_literal: true

# What is said of an error: its type names the phase in which it came about, as in `Function<TypeError>`.

module Eventsim
  # An error of user code, or of the runtime itself, as Lambda is told of it.
  class ToldError < StandardError
    RUNTIME = "#{__dir__}/"
    BENEATH = ["#{RUNTIME}virtual/", "#{RUNTIME}connections.rb"].freeze
    FRAMES_MAX = 100
    TOLD_BY_NAME = %w[
      ArgumentError Exception LoadError NameError NoMethodError StandardError SystemExit SystemStackError
    ].freeze

    # `phase` is `Init`, `Function` or `Runtime`.
    def initialize(original, phase)
      # Ruby 3.1 adds what it would suggest, which later ones do not
      super(original.respond_to?(:original_message) ? original.original_message : original.message)
      @original = original
      @type = "#{phase}<#{original.class}>"
    end

    # The error object of the answer.
    def to_h
      { errorMessage: message, errorType: @type, stackTrace: stack_trace }
    end

    # The kind that stands in the header: classes that are not Ruby's own are not named.
    def kind
      TOLD_BY_NAME.include?(@original.class.to_s) ? @type : "Function<UserException>"
    end

    private

    # The frames of user code, without those of the runtime that called it.
    def stack_trace
      frames = (@original.backtrace_locations || []).first(FRAMES_MAX).map(&:to_s)
      frames.reject { |frame| frame.start_with?(*BENEATH) }.take_while { |frame| !frame.start_with?(RUNTIME) }
    end
  end

  # An error after which the process goes on.
  class HandlerError < ToldError
    def initialize(original)
      super(original, "Function")
    end
  end

  # An error after which the process ends: the handler is not there, or what was raised is no StandardError.
  class CriticalError < HandlerError
  end
end
