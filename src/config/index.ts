export { Config, type Explanation } from './config.ts';
export { type FoundSetting, parseConfigFile, readConfigFile, readSections } from './config-file.ts';
export { type FileProblem, FileProblems, type ProblemFacts } from './file-problems.ts';
export { furtherProblems } from './further-problems.ts';
export { readOptions } from './given-options.ts';
export { type ConfigSources, loadConfig } from './load-config.ts';
export { describeNode, NodeReader, noMembers, noValues, within } from './node-reader.ts';
export { readAssignments, readEnvironment, variableOf } from './outer-layers.ts';
export { type ConfigSection, defineSection, type SectionValues } from './section.ts';
export { describeOrigin, type LayerName, type Origin, type Setting } from './setting.ts';
export { readTextFile } from './text-file.ts';
export {
  nodeOf,
  parseYaml,
  show,
  toRecord,
  toValue,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from './yaml-document.ts';
