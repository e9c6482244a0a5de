# A boat's instruments as a data distribution network: one process publishes what NMEA 0183 sentences tell, one averages it per minute, one appends both to
# a file. By default a simulator speaks. `ioncore tail 'sensor.#'` shows the readings, `ioncore tail 'mean.#'` the means, and
# `await rpc_send('buoy', 'account')` at the prompt what became of every line. docs/buoy.md has the rest.
type: application
name: buoy
version: '0.1.0'
description: Publishes, averages and records what the instruments of a boat tell
# Who takes the readings stands before who publishes them, so that they are there first and are stopped last.
processes:
  - {name: recorder, module: ioncore/apps/buoy, class: RecorderProcess}
  - {name: averager, module: ioncore/apps/buoy, class: AveragerProcess}
  - {name: instruments, module: ioncore/apps/buoy, class: InstrumentProcess}
registered: [buoy]
applications: []
# All processes are told all of these.
args:
  source: simulator   # or the path of a file, or tcp://<host>:<port>
  pace: own           # or how many times faster; of a file also fast, as the broker takes it
  repeat: false       # a file begins again at its end
  origin: buoy        # whose readings they are
  file: buoy.jsonl    # where the recorder appends, in the working directory
