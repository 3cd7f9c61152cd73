"""From one settings file to the configuration of every program of the gateway."""
