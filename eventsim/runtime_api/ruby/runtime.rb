# frozen_string_literal: true

# What does the runtime do with an event? One after the other is handled, until an error ends the process.

module Eventsim
  class Runtime
    EXIT_CRITICAL = -1
    EXIT_INIT = -4

    def initialize(api)
      @api = api
    end

    # Load the handler and run it for one event after another; `root` is the folder of the code.
    def run(root, name)
      handler = load(root, name)
      loop { handle_next(handler) }
    end

    private

    def load(root, name)
      $LOAD_PATH.unshift(root)
      handler = LambdaHandler.new(name)
      require handler.handler_file_name
      handler
    rescue Exception => error
      told = ToldError.new(error, "Init")
      EventLog.error("Init error when loading handler #{name}", told)
      @api.fail_init(told)
      exit(EXIT_INIT)
    end

    def handle_next(handler)
      invocation = @api.next
      context = LambdaContext.new(invocation)
      ENV["_X_AMZN_TRACE_ID"] = invocation["Lambda-Runtime-Trace-Id"]
      EventLog.request_id = context.aws_request_id
      event = AwsLambda::Marshaller.marshall_request(invocation)
      @api.respond(context.aws_request_id, *handler.call_handler(event, context))
    rescue CriticalError => error
      fail_by(error, context, "Critical exception from handler")
      exit(EXIT_CRITICAL)
    rescue HandlerError => error
      fail_by(error, context, "Error raised from handler method")
    end

    def fail_by(error, context, headline)
      EventLog.error(headline, error)
      @api.fail(context.aws_request_id, error)
    end
  end
end
