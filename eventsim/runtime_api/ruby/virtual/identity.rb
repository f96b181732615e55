# frozen_string_literal: true

# Which process on which machine is this? The same in every run, as Python handlers have it.

require "socket"

module Eventsim
  module Identity
    PID = 8
    PARENT_PID = 1
    HOST = "169.254.10.1"

    # Take the identity of a process on one of Lambda's machines.
    def self.take
      real_pid = Process.pid
      Process.singleton_class.prepend(Module.new do
        define_method(:pid) { PID }
        define_method(:ppid) { PARENT_PID }
        define_method(:kill) do |signal, *ids|
          super(signal, *ids.map { |id| id == PID ? real_pid : id }) # 8 is somebody else here
        end
      end)
      $eventsim_pid = PID
      Socket.define_singleton_method(:gethostname) { HOST }
    end
  end
end

alias $$ $eventsim_pid
