# An app that is a list of processes instead of a module: two guides that share the service name `guide`, so each call goes to one of
# them. They call the hello service, so that app starts first. `await rpc_send('guide', 'welcome', 'you')` at the prompt calls one.
type: application
name: example
version: '0.1.0'
description: Welcomes whoever calls, with the help of another app
processes:
  - name: port-guide
    module: ioncore/apps/example
    args: { place: the port side }
  - name: starboard-guide
    module: ioncore/apps/example
    args: { place: the starboard side }
registered: [guide]
applications: [hello]
