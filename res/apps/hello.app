# The first app: a service that greets. `await rpc_send('hello', 'hello', 'you')` at the prompt calls it.
type: application
name: hello
version: '0.1.0'
description: Greets whoever calls
mod: ioncore/apps/hello
registered: [hello]
applications: []
args: {}
