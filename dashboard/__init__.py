"""The front door: settings, the app, the HTTP API, the wall, the live socket and the commands."""
