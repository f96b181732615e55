# frozen_string_literal: true

# How does this process live in the simulation? In its time, with its luck, and asking its AWS.

require_relative "aws_hosts"
require_relative "identity"
require_relative "luck"
require_relative "time"
require_relative "watch"

module Eventsim
  # `address` is host and port of the platform; `epoch_us` the instant, in microseconds since 1970.
  def self.enter_virtual_world(address, epoch_us, seed)
    host, port = address.split(":")
    clock = VirtualClock.new(host, Integer(port), epoch_us)
    Identity.take
    Luck.seed(seed)
    AwsHosts.lead_to(host, Integer(port), clock)
    VirtualTime.enter(clock)
  end
end
