"""What all commands share: inputs, outputs, options, the way a command ends."""
