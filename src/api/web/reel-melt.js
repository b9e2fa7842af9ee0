// Two pictures of the player at once: what a dissolve shows and what is heard of it, as a rendering mixes them.

/** The dissolve that a frame of the reel lies in: the pick that melts away, and how much of the later one is there. */
export function meltAt(picks, frame) {
  const at = picks.findLastIndex((one) => one.record_start_frame <= frame && frame < one.record_end_frame);
  const [before, pick] = [picks[at - 1], picks[at]];
  if (!before || frame >= before.record_end_frame) return null;
  const frames = before.record_end_frame - pick.record_start_frame;
  // The first picture shows a little of the new already, the last a little of the old.
  return { before, share: Math.min(1, (frame - pick.record_start_frame + 1) / (frames + 1)) };
}

/** How many frames a pick melts in over from the one before, as far as both are long enough. */
export const meltFrames = (before, pick) => (before ? Math.max(0, before.record_end_frame - pick.record_start_frame) : 0);

// A rendering leaves sound out that is slowed more: nothing good is left of it.
export const MOST_AUDIBLE = 2;

/** How loud a slot is for a share of its own. */
const volume = (slot, share) => ((slot.pick?.slow_motion?.factor ?? 1) > MOST_AUDIBLE ? 0 : share);

/** Lays `above` over `below` for a share of its own; the sounds at equal power. */
export function blend(above, below, share) {
  const angle = (share * Math.PI) / 2;
  above.element.style.setProperty("opacity", String(share));
  above.video.volume = volume(above, Math.sin(angle));
  below.element.classList.add("melts");
  below.video.volume = volume(below, Math.cos(angle));
}

/** Each slot for itself again. */
export function part(...slots) {
  for (const slot of slots) {
    slot.element.classList.remove("melts");
    slot.element.style.removeProperty("opacity");
    slot.video.volume = volume(slot, 1);
  }
}
