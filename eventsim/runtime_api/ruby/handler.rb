# frozen_string_literal: true

# Which method does `_HANDLER` name, and what becomes of the event and of the result?

require "stringio"

module AwsLambda
  # Turns an event into an object, and a result into JSON; user code may replace both, as on AWS.
  class Marshaller
    class << self
      def marshall_request(response)
        response["Content-Type"] == "application/json" ? JSON.parse(response.body) : response.body
      end

      # Return the body, or body and content type.
      def marshall_response(result)
        case result
        when StringIO, IO then [result, "application/unknown"]
        else result.to_json # application/json is assumed
        end
      end
    end
  end
end

# A method at the top level of a file, or of a class or module: `file.method`, `file.Module::Class.method`.
#
# A method that is not there is missed in this object, so its class is called, and it looks, as on AWS.
class LambdaHandler
  INVALID = "Invalid handler %s, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME corresponds " \
            "with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class namespace and METHOD " \
            "is a callable method. If using CLASS, METHOD must be a class-level method."

  attr_reader :handler_file_name

  def initialize(name)
    parts = name.split(".")
    raise ArgumentError, format(INVALID, parts) unless [2, 3].include?(parts.size)

    @handler_file_name, *@handler_class, @handler_method_name = parts
  end

  # Return body and content type of the answer.
  def call_handler(event, context)
    receiver = @handler_class.empty? ? self : Kernel.const_get(@handler_class.first)
    result = receiver.__send__(@handler_method_name, event: event, context: context)
    AwsLambda::Marshaller.marshall_response(result)
  rescue NameError => error # NoMethodError is one
    raise Eventsim::CriticalError, error
  rescue StandardError => error
    raise Eventsim::HandlerError, error
  rescue Exception => error
    raise Eventsim::CriticalError, error
  end

  # The address is the same in every run.
  def inspect
    "#<LambdaHandler:0x0000000000000008 @handler_file_name=#{@handler_file_name.inspect}, " \
      "@handler_method_name=#{@handler_method_name.inspect}>"
  end
end
