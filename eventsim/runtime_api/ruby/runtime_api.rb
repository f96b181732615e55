# frozen_string_literal: true

# How are events asked for and answered? By the calls of the Lambda Runtime API.

module Eventsim
  class RuntimeApi
    ROOT = "/2018-06-01/runtime"
    JSON_TYPE = "application/json"

    # `address` is host and port.
    def initialize(address)
      @http = Net::HTTP.new(*address.split(":"), nil) # by no proxy
      @http.read_timeout = nil
      @http.keep_alive_timeout = Float::INFINITY
      @http.max_retries = 0
    end

    # Wait for the next event: a response with its headers.
    def next
      @http.start unless @http.started?
      response = @http.get("#{ROOT}/invocation/next")
      return response if response.is_a?(Net::HTTPSuccess)

      raise "Received #{response.code} when waiting for next invocation."
    end

    # Answer an invocation. What the platform thinks of it, as of one too large, is the platform's affair.
    def respond(id, body, content_type = JSON_TYPE)
      body = body.read if content_type == "application/unknown"
      post("invocation/#{id}/response", body, "Content-Type" => content_type)
    end

    # Tell that an invocation failed.
    def fail(id, error)
      tell("invocation/#{id}/error", error)
    end

    # Tell that the handler could not be loaded.
    def fail_init(error)
      tell("init/error", error)
    end

    private

    def tell(path, error)
      post(path, error.to_h.to_json, "Content-Type" => JSON_TYPE, "Lambda-Runtime-Function-Error-Type" => error.kind)
    end

    def post(path, body, headers)
      @http.start unless @http.started?
      @http.post("#{ROOT}/#{path}", body, headers)
    end
  end
end
