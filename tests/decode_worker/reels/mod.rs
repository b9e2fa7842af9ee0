//! Reels rendered through real workers from drawn films, and decoded back frame by frame.

mod bench_films; // films with their frames' numbers drawn on them
mod copying; // pictures that are copied as they are
mod cutting; // which frame is shown when
#[path = "../../../src/media/ffmpeg/tests/ffprobe.rs"]
mod ffprobe;
mod formats; // codecs, encoders, chapters, subtitles
mod shapes; // sizes, turns, stills, slates, letters
mod sounding; // loudness, silence, crossfades
mod surroundings; // interruption, full disks, damaged sources
