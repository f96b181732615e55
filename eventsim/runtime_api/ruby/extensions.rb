# frozen_string_literal: true

# Where do requests go that name an extension beside the handler? To the platform, which knows by the port who is meant.

module Eventsim
  module Extensions
    LOOPBACK = %w[localhost 127.0.0.1].freeze

    # Have the platform (its host and port) answer for all that listens at these ports, which are separated by commas.
    # The host of a request stays what it was; only its connection leads elsewhere.
    def self.lead_to(platform, ports)
      host, port = platform.split(":")
      known = ports.split(",").map { |each| Integer(each) }
      Net::HTTP.prepend(Module.new do
        define_method(:connect) do
          return super() unless LOOPBACK.include?(address) && known.include?(@port)

          meant = @port
          begin
            @ipaddr, @port = host, Integer(port)
            super()
          ensure
            @port = meant
          end
        end
        private :connect
      end)
    end
  end
end
