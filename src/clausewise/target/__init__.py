"""Cases to exchanges: settings, the wire, and the two kinds of target."""
