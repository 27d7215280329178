"""One command of `stafet` a file; each exports `command` and is loaded only when it is called."""
