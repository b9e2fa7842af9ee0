//! Still scenes with captions: what picture models are trained and measured with.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tiny_skia::Pixmap;

use super::{
    attributes::{Kind, Scene},
    captions::{caption, full_caption},
    degrade::Degradation,
    dice::Dice,
    error::DemoError,
    lettering::Fonts,
    scenes::{Look, draw},
};

/// Captions of each scene beside the full one.
const CAPTIONS: usize = 4;

/// How long shots run: scenes are drawn at a time of it.
const SHOT_SECONDS: f32 = 7.0;

/// Scenes drawn by one thread before the others' are waited for.
const BATCH: u64 = 64;

/// Which combinations of kind, colour and shot size are drawn; see
/// [`is_held_out`](super::is_held_out).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Those for training.
    Train,
    /// Those that training does not see.
    HeldOut,
}

/// What scenes to draw.
#[derive(Debug, Clone)]
pub struct SceneRequest {
    /// The raw pictures; the captions lie beside it with `.jsonl` added.
    pub file: PathBuf,
    /// The same seed gives the same scenes.
    pub seed: u64,
    /// How many.
    pub count: u64,
    /// Width and height in pixels, 16 to 4096.
    pub size: u32,
    /// Which combinations.
    pub split: Split,
    /// Threads to draw with, at least 1.
    pub threads: usize,
}

/// A caption with what it names: attributes that it leaves out are absent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PartialCaption {
    /// The caption.
    pub text: String,
    /// What it says.
    pub names: Scene,
}

/// A drawn scene in words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DescribedScene {
    /// Its attributes.
    #[serde(flatten)]
    pub scene: Scene,
    /// Captions that name some of them.
    pub captions: Vec<PartialCaption>,
    /// One that names all.
    pub full_caption: String,
}

/// Any number of scenes of one seed.
pub struct Gallery {
    fonts: Fonts,
    seed: u64,
    size: u32,
    split: Split,
}

impl Gallery {
    /// Scenes of `size` by `size` pixels, 16 to 4096.
    ///
    /// # Errors
    /// When the size is out of range or there is no font.
    pub fn open(seed: u64, size: u32, split: Split) -> Result<Self, DemoError> {
        if !(16..=4096).contains(&size) {
            return Err(DemoError::Size {
                width: size,
                height: size,
            });
        }
        Ok(Self {
            fonts: Fonts::of_this_machine()?,
            seed,
            size,
            split,
        })
    }

    /// The scene of a number, as rows of 8-bit red, green and blue; independent of all others, so
    /// that threads may share the work.
    ///
    /// # Errors
    /// When it can't be drawn.
    pub fn scene(&self, index: u64) -> Result<(Vec<u8>, DescribedScene), DemoError> {
        let dice = &mut Dice::new(self.seed, index);
        let scene = scene_of(self.split, dice);
        let look = Look::random(dice);
        let seconds = dice.between(0.0, SHOT_SECONDS);
        let degradation = Degradation::random(dice);
        let mut pixels = square(&self.fonts, &scene, &look, seconds, self.size)?;
        degradation.apply(&mut pixels, self.size as usize);
        let described = DescribedScene {
            captions: (0..CAPTIONS)
                .map(|_| {
                    let (text, names) = caption(&scene, dice);
                    PartialCaption { text, names }
                })
                .collect(),
            full_caption: full_caption(&scene, dice),
            scene,
        };
        Ok((pixels, described))
    }
}

/// Draws scenes: `file` holds them one after the other as rows of 8-bit red, green and blue, and
/// `file.jsonl` a line for each with its attributes, four captions and a full one.
///
/// # Errors
/// When the size is out of range, there is no font or a file can't be written.
pub fn write_scenes(request: &SceneRequest) -> Result<(), DemoError> {
    let gallery = Gallery::open(request.seed, request.size, request.split)?;
    let mut lines_file = request.file.clone().into_os_string();
    lines_file.push(".jsonl");
    let lines_file = PathBuf::from(lines_file);
    let mut pictures = create(&request.file)?;
    let mut lines = create(&lines_file)?;
    let round = BATCH * request.threads.max(1) as u64;
    for first in (0..request.count).step_by(round as usize) {
        let last = (first + round).min(request.count);
        let drawn = std::thread::scope(|scope| {
            let workers: Vec<_> = (first..last)
                .step_by(BATCH as usize)
                .map(|from| {
                    let gallery = &gallery;
                    scope.spawn(move || {
                        (from..(from + BATCH).min(last))
                            .map(|index| gallery.scene(index))
                            .collect::<Result<Vec<_>, _>>()
                    })
                })
                .collect();
            workers
                .into_iter()
                .map(|worker| {
                    worker
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect::<Result<Vec<_>, _>>()
        })?;
        for (pixels, line) in drawn.into_iter().flatten() {
            pictures
                .write_all(&pixels)
                .map_err(DemoError::file(&request.file))?;
            serde_json::to_writer(&mut lines, &line)
                .map_err(std::io::Error::from)
                .and_then(|()| lines.write_all(b"\n"))
                .map_err(DemoError::file(&lines_file))?;
        }
    }
    pictures.flush().map_err(DemoError::file(&request.file))?;
    lines.flush().map_err(DemoError::file(&lines_file))
}

fn create(path: &Path) -> Result<BufWriter<File>, DemoError> {
    File::create(path)
        .map(BufWriter::new)
        .map_err(DemoError::file(path))
}

fn scene_of(split: Split, dice: &mut Dice) -> Scene {
    loop {
        // Kinds first, so that each is as frequent as any other in its split.
        let kind = *dice.pick(Kind::ALL);
        if split == Split::HeldOut && !kind.can_be_held_out() {
            continue;
        }
        for _ in 0..64 {
            let scene = Scene::random_of(kind, dice);
            if scene.is_held_out() == (split == Split::HeldOut) {
                return scene;
            }
        }
    }
}

/// The square in the middle of a picture that is `size` high.
///
/// Scenes are measured from the middle of the picture and in its height, so the square that the
/// preprocessing of CLIP crops from a wide picture is what a square picture shows.
fn square(
    fonts: &Fonts,
    scene: &Scene,
    look: &Look,
    seconds: f32,
    size: u32,
) -> Result<Vec<u8>, DemoError> {
    let mut pixmap = Pixmap::new(size, size).ok_or(DemoError::Size {
        width: size,
        height: size,
    })?;
    draw(&mut pixmap, fonts, scene, look, seconds);
    let mut pixels = Vec::with_capacity((size * size * 3) as usize);
    for pixel in pixmap.pixels() {
        pixels.extend([pixel.red(), pixel.green(), pixel.blue()]);
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(folder: &Path, split: Split, threads: usize) -> SceneRequest {
        SceneRequest {
            file: folder.join(format!("{split:?}_{threads}.rgb")),
            seed: 4,
            count: 150,
            size: 32,
            split,
            threads,
        }
    }

    fn lines(request: &SceneRequest) -> Vec<DescribedScene> {
        let name = format!("{}.jsonl", request.file.display());
        let text = std::fs::read_to_string(name).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn splits_have_no_combination_in_common_and_threads_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let train = request(folder.path(), Split::Train, 1);
        let held_out = request(folder.path(), Split::HeldOut, 2);
        let again = request(folder.path(), Split::Train, 3);
        for request in [&train, &held_out, &again] {
            write_scenes(request).unwrap();
            let bytes = std::fs::read(&request.file).unwrap();
            assert_eq!(bytes.len(), 150 * 32 * 32 * 3);
            assert_eq!(lines(request).len(), 150);
        }
        assert_eq!(
            std::fs::read(&train.file).unwrap(),
            std::fs::read(&again.file).unwrap()
        );
        assert!(lines(&train).iter().all(|line| !line.scene.is_held_out()));
        assert!(lines(&held_out).iter().all(|line| line.scene.is_held_out()));
        for line in lines(&train) {
            assert_eq!(line.captions.len(), CAPTIONS);
            assert!(!line.full_caption.is_empty());
        }
    }

    #[test]
    fn sizes_out_of_range_are_refused() {
        let request = SceneRequest {
            size: 8,
            ..request(Path::new("/nowhere"), Split::Train, 1)
        };
        assert!(matches!(
            write_scenes(&request),
            Err(DemoError::Size { .. })
        ));
    }
}
