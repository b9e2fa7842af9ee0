//! Files made elsewhere: what they are and what is seen and heard in them.

use std::ops::ControlFlow;

use super::*;
use crate::media::ffmpeg::{audio, probe};

#[test]
fn dump() {
    let Some(folder) = real_media() else { return };
    for kind in ["video", "audio", "image"] {
        let mut paths: Vec<_> = std::fs::read_dir(folder.join(kind)).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            println!("=== {}", path.display());
            let info = match probe(&path) {
                Ok(info) => info,
                Err(error) => {
                    println!("{error}");
                    continue;
                }
            };
            println!("{info:?}");
            if let Some((stream, _)) = info.main_video() {
                for depth in [ShotDepth::Keyframes, ShotDepth::Refined, ShotDepth::Full] {
                    let started = std::time::Instant::now();
                    let seen = look(&path, &ShotRequest { stream_index: stream.index, ..request(depth) });
                    match seen {
                        Ok(seen) => {
                            println!("{depth:?} {:?} {:?}", started.elapsed(), seen.summary);
                            println!("{:?} {:?} {:?}", seen.spans, seen.openings, seen.measures);
                            for k in &seen.keyframes {
                                println!("  {} {} {:?} {:?} {:?}", k.shot, k.at_millis, k.label, k.picture, k.measures);
                                if let Ok(folder) = std::env::var("DUMP") {
                                    let name = format!("{}_{depth:?}_{}_{}.png", path.file_stem().unwrap().to_str().unwrap(), k.shot, k.at_millis);
                                    image::save_buffer(Path::new(&folder).join(name), &k.picture.rgb, k.picture.width, k.picture.height, image::ColorType::Rgb8).unwrap();
                                }
                            }
                        }
                        Err(error) => println!("{depth:?} {error}"),
                    }
                }
            }
            if let Some(stream) = info.main_audio() {
                let mut chunks = Vec::new();
                let summary = audio(&path, stream.index, &mut |samples| {
                    chunks.push((samples.start_millis, samples.mono.len()));
                    ControlFlow::Continue(())
                });
                println!("{summary:?} {} {:?}..{:?}", chunks.len(), chunks.first(), chunks.last());
            }
        }
    }
}
