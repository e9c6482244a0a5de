/**
 * In the place of the package `string-width`, by which yargs lays out its help. That one makes an `Intl.Segmenter` and several large regular
 * expressions when it is loaded, at every start of the program, for emoji and East Asian signs; our help has none.
 */
import { stripVTControlCharacters } from 'node:util';

/** The columns that a text takes on a terminal. */
export default function stringWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
