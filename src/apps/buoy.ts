/** A boat's instruments, the means of what they tell, and a file of both: the modules of `res/apps/buoy.app`. */
export { AveragerProcess } from './buoy/averager.ts';
export { Buoy, InstrumentProcess } from './buoy/instrument.ts';
export { type Mean, type MeanEvent, meanOf } from './buoy/means.ts';
export {
  ApparentWind,
  Course,
  Current,
  Depth,
  GroundSpeed,
  MagneticHeading,
  Position,
  TrueHeading,
  TrueWind,
  WaterSpeed,
  WindwardSpeed,
} from './buoy/readings.ts';
export { RecorderProcess } from './buoy/recorder.ts';
