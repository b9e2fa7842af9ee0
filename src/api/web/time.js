// Writes times as editors read them: running time, frames and source timecode.

const two = (number) => String(number).padStart(2, "0");

/** `1:02:03.4`, or `2:03.4` below an hour; tenths only where asked for. */
export function clock(millis, tenths = false) {
  const all = Math.max(0, Math.floor(millis));
  const hours = Math.floor(all / 3_600_000);
  const minutes = Math.floor(all / 60_000) % 60;
  const seconds = Math.floor(all / 1000) % 60;
  const end = tenths ? `.${Math.floor((all % 1000) / 100)}` : "";
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}${end}` : `${minutes}:${two(seconds)}${end}`;
}

/** A length: `4.2 s`, `3 min 05 s`. */
export function length(millis) {
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} s`;
  if (millis < 3_600_000) return `${Math.floor(millis / 60_000)} min ${two(Math.floor(millis / 1000) % 60)} s`;
  return `${Math.floor(millis / 3_600_000)} h ${two(Math.floor(millis / 60_000) % 60)} min`;
}

/** Frames per second; 0 where there are none. */
export const framesPerSecond = (rate) => (rate && rate.num > 0 && rate.den > 0 ? rate.num / rate.den : 0);

/** The frame shown at a time. The small share forgives times that were rounded down to a millisecond. */
export const frameAt = (millis, rate) => Math.floor((millis * rate.num) / (rate.den * 1000) + 0.06);

/** The frames that a timecode text stands for. */
function framesOf(text, nominal) {
  const parts = /^(\d+):(\d\d):(\d\d)([:;.])(\d+)$/.exec(text ?? "");
  if (!parts) return { frames: 0, drops: false };
  const [hours, minutes, seconds, frames] = [1, 2, 3, 5].map((index) => Number(parts[index]));
  const drops = parts[4] !== ":";
  const dropped = nominal / 15;
  const allMinutes = hours * 60 + minutes;
  const skipped = drops ? dropped * (allMinutes - Math.floor(allMinutes / 10)) : 0;
  return { frames: (allMinutes * 60 + seconds) * nominal + frames - skipped, drops };
}

/** Source timecode of a time, `HH:MM:SS:FF` or with `;` where frame numbers are dropped. */
export function timecode(millis, rate, start) {
  return framesPerSecond(rate) ? frameTimecode(frameAt(Math.max(0, millis), rate), rate, start) : clock(millis, true);
}

/** Timecode of a frame counted from 0. */
export function frameTimecode(frame, rate, start) {
  const nominal = Math.round(framesPerSecond(rate));
  const first = framesOf(start, nominal);
  let number = first.frames + frame;
  if (first.drops) {
    const dropped = nominal / 15;
    const perMinute = nominal * 60 - dropped;
    const perTen = perMinute * 10 + dropped;
    const rest = number % perTen;
    number += dropped * 9 * Math.floor(number / perTen) + (rest >= dropped ? dropped * Math.floor((rest - dropped) / perMinute) : 0);
  }
  const seconds = Math.floor(number / nominal);
  return `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${first.drops ? ";" : ":"}${two(number % nominal)}`;
}

/** When a frame begins, in milliseconds. */
export const millisOf = (frame, rate) => (frame * rate.den * 1000) / rate.num;

/** Bytes for people. */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
