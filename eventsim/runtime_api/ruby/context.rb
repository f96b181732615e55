# frozen_string_literal: true

# What does a handler get to know of its invocation? Its class is called as on AWS.
class LambdaContext
  attr_reader :aws_request_id, :client_context, :deadline_ms, :function_name, :function_version, :identity,
              :invoked_function_arn, :log_group_name, :log_stream_name, :memory_limit_in_mb, :tenant_id

  # `headers` are those that came with the event.
  def initialize(headers)
    @aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    @client_context = parsed(headers["Lambda-Runtime-Client-Context"])
    @deadline_ms = headers["Lambda-Runtime-Deadline-Ms"].to_i
    @function_name = ENV["AWS_LAMBDA_FUNCTION_NAME"]
    @function_version = ENV["AWS_LAMBDA_FUNCTION_VERSION"]
    @identity = parsed(headers["Lambda-Runtime-Cognito-Identity"])
    @invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
    @log_group_name = ENV["AWS_LAMBDA_LOG_GROUP_NAME"]
    @log_stream_name = ENV["AWS_LAMBDA_LOG_STREAM_NAME"]
    @memory_limit_in_mb = ENV["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    @tenant_id = headers["Lambda-Runtime-Aws-Tenant-Id"]
  end

  def get_remaining_time_in_millis
    [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
  end

  private

  def parsed(json)
    JSON.parse(json) if json
  end
end
