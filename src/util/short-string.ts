/** An AMQP short string (names, routing keys, most properties) holds at most so many bytes of UTF-8 (AMQP 0-9-1, §4.2.5.3). */
export const maxShortStringBytes = 255;

/** A UTF-16 unit is at most three bytes of UTF-8, so a text of so few units needs no count. */
const surelyShort = maxShortStringBytes / 3;

/** Whether `text` is at most {@link maxShortStringBytes} in UTF-8. The bytes are counted only where the length leaves it open. */
export function fitsShortString(text: string): boolean {
  const { length } = text;
  return (
    length <= surelyShort || (length <= maxShortStringBytes && Buffer.byteLength(text) <= maxShortStringBytes)
  );
}
