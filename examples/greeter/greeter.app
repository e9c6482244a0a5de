# What `ioncore start greeter.app` starts: one process of the service.
type: application
name: greeter
version: '0.1.0'
description: Greets whoever calls
processes:
  - name: greeter
    module: ./src/greeter.ts
registered: [greeter]
args:
  greeting: Hello there,
