"""Where does a handler run? Execution environments: their init, their invocations, their logs, their end."""
