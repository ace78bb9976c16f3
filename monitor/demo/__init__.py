"""The stand-in world of `doingoai demo` and the journey tests: portals, a mailbox and a Telegram, on loopback."""
