# frozen_string_literal: true

# Where do connections of Net::HTTP lead? Those that somebody claims lead to the simulation, which knows who is meant.

require "uri"

module Eventsim
  module Connections
    LOOPBACK = %w[localhost 127.0.0.1].freeze
    OF_FRONT_DOORS = /\.(execute-api|lambda-url|elb)\.(.*\.)?(amazonaws\.com(\.cn)?|on\.aws)\z/.freeze
    HTTPS_PORT = 443

    class << self
      # Have a host and port answer for those whose host and port the block claims. The host of a request stays what it
      # was; only its connection leads elsewhere, and is a plain one.
      def lead_to(host, port, &claims)
        Net::HTTP.prepend(Module.new do
          define_method(:connect) do
            return super() unless claims.call(address, @port)

            meant = [@port, @use_ssl]
            begin
              @ipaddr, @port, @use_ssl = host, port, false
              super()
            ensure
              @port, @use_ssl = meant
            end
          end
          private :connect
        end)
      end

      # Have the server that stands for AWS in real time answer for its front doors by AWS's names, to which functions
      # push messages, and for itself by HTTPS, as custom resources answer.
      def lead_to_server(url)
        server = URI(url)
        here = [*LOOPBACK, server.hostname]
        lead_to(server.hostname, server.port) do |host, port|
          here.include?(host) ? [HTTPS_PORT, server.port].include?(port) : OF_FRONT_DOORS.match?(host)
        end
      end

      # Have the platform (its host and port) answer for the extensions that listen at these ports, separated by commas.
      def lead_to_extensions(platform, ports)
        host, port = platform.split(":")
        known = ports.split(",").map { |each| Integer(each) }
        lead_to(host, Integer(port)) { |name, asked| LOOPBACK.include?(name) && known.include?(asked) }
      end
    end
  end
end
