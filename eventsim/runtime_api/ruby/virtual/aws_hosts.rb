# frozen_string_literal: true

# Where do requests go that name AWS's own hosts? To the simulation, which knows by the name who is meant.
#
# AWS's SDK sends them by Net::HTTP, as most of Ruby's clients do. Every answer tells what time it is.

module Eventsim
  module AwsHosts
    OF_AWS = /\.(amazonaws\.com(\.cn)?|on\.aws)(:\d+)?\z/.freeze
    CALLS = "Eventsim-Calls" # how many calls the process waits for, if it does nothing else

    # Have the simulation at a host and port answer for AWS's hosts, and a clock hear what time it is.
    def self.lead_to(host, port, clock)
      Connections.lead_to(host, port) { |address, _| OF_AWS.match?(address) }
      watch_calls(clock.watch)
      Net::HTTPGenericRequest.prepend(Module.new do
        define_method(:exec) do |*where|
          self[CALLS] = clock.watch.alone? ? "1" : nil if OF_AWS.match?(self["Host"].to_s)
          super(*where)
        end
      end)
      Net::HTTPResponse.singleton_class.prepend(Module.new do
        define_method(:read_new) { |socket| super(socket).tap { |response| clock.hear(response) } }
      end)
    end

    def self.watch_calls(watch)
      Net::HTTP.prepend(Module.new do
        define_method(:transport_request) do |request, &block|
          OF_AWS.match?(address) ? watch.during(:calls) { super(request, &block) } : super(request, &block)
        end
        private :transport_request
      end)
    end
    private_class_method :watch_calls
  end
end
