//! The 1080p film that benches decode: it moves, has a tone, and a keyframe every ten seconds.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The film in `folder`, made once; `seconds` is a multiple of 30. It has 25 frames a second.
pub(crate) fn film(folder: &Path, seconds: u32) -> PathBuf {
    let path = folder.join(format!("film_{seconds}.mp4"));
    if path.exists() {
        return path;
    }
    let (part, unfinished) = (folder.join("film_part.mp4"), folder.join("film_new.mp4"));
    // Half a minute is encoded and then repeated: pictures of ten minutes take too long to make.
    ffmpeg(&format!(
        "-f lavfi -i testsrc2=s=1920x1080:r=25:d=30,noise=alls=5:allf=t -f lavfi -i sine=440:r=48000:d=30 \
         -c:v libx264 -preset veryfast -b:v 6M -maxrate 8M -bufsize 12M -g 250 -keyint_min 250 -sc_threshold 0 -bf 2 -pix_fmt yuv420p -c:a aac {}",
        part.display()
    ));
    ffmpeg(&format!(
        "-stream_loop {} -i {} -c copy -movflags +faststart {}",
        seconds / 30 - 1,
        part.display(),
        unfinished.display()
    ));
    std::fs::rename(unfinished, &path).expect("the film can be named");
    path
}

fn ffmpeg(arguments: &str) {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "ffmpeg {arguments}"
    );
}
