//! A film's pictures: shots, the transitions between them, and the letters over them.

use tiny_skia::{Pixmap, PixmapPaint, Transform};

use super::{
    error::DemoError,
    lettering::Fonts,
    paint::{Painter, ink},
    plan::{FilmPlan, Format, GraphicPlan, ShotPlan},
    scenes::draw,
    truth::{Opening, ScreenTextKind},
};
use crate::domain::Timecode;

/// Draws a film frame by frame.
pub(super) struct Projector<'a> {
    plan: &'a FilmPlan,
    fonts: &'a Fonts,
    picture: Pixmap,
    /// The other picture of a transition.
    other: Pixmap,
}

impl<'a> Projector<'a> {
    /// A projector for a film.
    pub(super) fn new(plan: &'a FilmPlan, fonts: &'a Fonts) -> Result<Self, DemoError> {
        let (width, height) = plan.format.size;
        let blank = || Pixmap::new(width, height).ok_or(DemoError::Size { width, height });
        Ok(Self {
            plan,
            fonts,
            picture: blank()?,
            other: blank()?,
        })
    }

    /// The picture of a frame of the grid, as rows of RGBA pixels.
    pub(super) fn frame(&mut self, frame: i64) -> &[u8] {
        let plan = self.plan;
        let shots = &plan.shots;
        let number = shots
            .iter()
            .rposition(|shot| shot.first <= frame)
            .unwrap_or(0);
        // A transition lies half before the shot that it opens.
        let opening = [number, number + 1].into_iter().find_map(|number| {
            let shot = shots.get(number).filter(|_| number > 0)?;
            let from = shot.first - shot.opening_frames / 2;
            let is_inside = (from..from + shot.opening_frames).contains(&frame);
            is_inside.then(|| (number, (frame - from) as f32 + 0.5))
        });
        match opening {
            Some((number, passed)) => {
                let shot = &shots[number];
                let share = passed / shot.opening_frames as f32;
                self.join(&shots[number - 1], shot, frame, share);
            }
            None => show(
                &mut self.picture,
                self.fonts,
                &plan.format,
                &shots[number],
                frame,
            ),
        }
        for graphic in &plan.graphics {
            if (graphic.first..graphic.end).contains(&frame) {
                letter(&mut self.picture, self.fonts, &plan.format, graphic, frame);
            }
        }
        self.picture.data()
    }

    /// Goes from one shot to the next; `share` of the way is done.
    fn join(&mut self, from: &ShotPlan, to: &ShotPlan, frame: i64, share: f32) {
        let format = &self.plan.format;
        match to.opening {
            Opening::Fade => {
                let (shot, dark) = if share < 0.5 {
                    (from, 2.0 * share)
                } else {
                    (to, 2.0 - 2.0 * share)
                };
                show(&mut self.picture, self.fonts, format, shot, frame);
                let mut painter = Painter::flat(&mut self.picture);
                let (left, top, right, bottom) = painter.view();
                painter.rectangle(left, top, right - left, bottom - top, ink(0).alpha(dark));
            }
            Opening::Wipe => {
                show(&mut self.picture, self.fonts, format, from, frame);
                show(&mut self.other, self.fonts, format, to, frame);
                let row = self.picture.width() as usize * 4;
                let wiped = (share * self.picture.width() as f32) as usize * 4;
                let new_rows = self.other.data().chunks_exact(row);
                for (line, new) in self.picture.data_mut().chunks_exact_mut(row).zip(new_rows) {
                    line[..wiped].copy_from_slice(&new[..wiped]);
                }
            }
            Opening::Start | Opening::Cut | Opening::Dissolve => {
                show(&mut self.picture, self.fonts, format, from, frame);
                show(&mut self.other, self.fonts, format, to, frame);
                let paint = PixmapPaint {
                    opacity: share,
                    ..PixmapPaint::default()
                };
                let other = self.other.as_ref();
                self.picture
                    .draw_pixmap(0, 0, other, &paint, Transform::identity(), None);
            }
        }
    }
}

fn show(pixmap: &mut Pixmap, fonts: &Fonts, format: &Format, shot: &ShotPlan, frame: i64) {
    let seconds = (format.millis(frame) - format.millis(shot.first)) as f32 / 1000.0;
    // Before a dissolve is half done its new shot already stands at its first picture.
    draw(pixmap, fonts, &shot.scene, &shot.look, seconds.max(0.0));
}

/// Draws letters on their plate.
fn letter(pixmap: &mut Pixmap, fonts: &Fonts, format: &Format, graphic: &GraphicPlan, frame: i64) {
    let aspect = pixmap.width() as f32 / pixmap.height() as f32;
    let (left, top, width, height) = graphic.area;
    let (left, width) = ((left - 0.5) * aspect, width * aspect);
    let plate = ink(graphic.plate);
    let letters = if plate.luma() > 0.5 {
        ink(0x101218)
    } else {
        ink(0xfcfcf8)
    };
    let mut painter = Painter::flat(pixmap);
    painter.rectangle(left, top, width, height, plate.alpha(0.88));
    let running = (graphic.kind == ScreenTextKind::Timecode)
        .then(|| timecode(format, &graphic.text, frame - graphic.first))
        .flatten();
    let text = running.as_deref().unwrap_or(&graphic.text);
    let size = height * 0.52;
    let baseline = top + (height + size) / 2.0;
    let middle = left + width / 2.0;
    fonts.write_centred(
        &mut painter,
        (graphic.face, text),
        (middle, baseline),
        (size, width * 0.92),
        letters,
    );
}

/// The timecode so many frames after `start`.
pub(super) fn timecode(format: &Format, start: &str, frames: i64) -> Option<String> {
    let start = Timecode::parse(start, format.rate).ok()?;
    let at = Timecode {
        frame_number: start.frame_number + frames,
        ..start
    };
    Some(at.to_string())
}
