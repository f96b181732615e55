# frozen_string_literal: true

# How does AWS's Ruby runtime run a handler? It finds it, asks the Runtime API for events, tells what came of each.
#
# The rules are those of the runtime interface client that AWS publishes (`aws_lambda_ric`).

require "json"
require "net/http"

require_relative "connections"
require_relative "context"
require_relative "errors"
require_relative "event_log"
require_relative "handler"
require_relative "runtime"
require_relative "runtime_api"

$stdout.sync = $stderr.sync = true
address = ENV.fetch("AWS_LAMBDA_RUNTIME_API")
epoch_us, seed, virtual_time = %w[EVENTSIM_EPOCH_US EVENTSIM_SEED EVENTSIM_VIRTUAL_TIME].map { |name| ENV.delete(name) }
if virtual_time == "1"
  require_relative "virtual/world"
  Eventsim.enter_virtual_world(address, Integer(epoch_us), Integer(seed))
elsif ENV.key?("AWS_ENDPOINT_URL")
  Eventsim::Connections.lead_to_server(ENV["AWS_ENDPOINT_URL"])
end
extension_ports = ENV.delete("EVENTSIM_EXTENSION_PORTS")
Eventsim::Connections.lead_to_extensions(address, extension_ports) if extension_ports
Eventsim::EventLog.open(ENV.delete("_LAMBDA_TELEMETRY_LOG_FD"))
Eventsim::Runtime.new(Eventsim::RuntimeApi.new(address)).run(ENV["LAMBDA_TASK_ROOT"], ENV["_HANDLER"].to_s)
