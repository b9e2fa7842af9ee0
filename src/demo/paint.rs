//! The painter: shapes in the measures of a scene, through a camera, under the scene's light.

use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Point,
    RadialGradient, Rect, Shader, SpreadMode, Stroke, Transform,
};

/// A place in a scene: x from the middle of the picture, y from its top; the picture is 1 high.
pub(crate) type Place = (f32, f32);

/// A colour that is painted with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ink {
    red: f32,
    green: f32,
    blue: f32,
    alpha: f32,
    is_lamp: bool,
}

/// The ink of a colour written as `0xRRGGBB`.
pub(crate) const fn ink(code: u32) -> Ink {
    Ink {
        red: ((code >> 16) & 255) as f32 / 255.0,
        green: ((code >> 8) & 255) as f32 / 255.0,
        blue: (code & 255) as f32 / 255.0,
        alpha: 1.0,
        is_lamp: false,
    }
}

impl Ink {
    /// Lets `1 - alpha` of what is below shine through.
    pub(crate) fn alpha(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }

    /// Keeps its brightness in the dark.
    pub(crate) fn lamp(self) -> Self {
        Self {
            is_lamp: true,
            ..self
        }
    }

    /// That many times as bright.
    pub(crate) fn shade(self, factor: f32) -> Self {
        Self {
            red: (self.red * factor).min(1.0),
            green: (self.green * factor).min(1.0),
            blue: (self.blue * factor).min(1.0),
            ..self
        }
    }

    /// `amount` of `other` and the rest of this.
    pub(crate) fn mix(self, other: Self, amount: f32) -> Self {
        let between = |from: f32, to: f32| from + (to - from) * amount;
        Self {
            red: between(self.red, other.red),
            green: between(self.green, other.green),
            blue: between(self.blue, other.blue),
            alpha: between(self.alpha, other.alpha),
            is_lamp: self.is_lamp,
        }
    }

    /// How bright it looks, 0 to 1 (the luma of ITU-R BT.601).
    pub(crate) fn luma(self) -> f32 {
        0.299 * self.red + 0.587 * self.green + 0.114 * self.blue
    }
}

/// How a camera sees the scene: `zoom` times as large, with `centre` in its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Camera {
    /// The place in the middle of the picture.
    pub(crate) centre: Place,
    /// 1 shows the height of the scene.
    pub(crate) zoom: f32,
}

/// Paints into a picture.
pub(crate) struct Painter<'a> {
    pixmap: &'a mut Pixmap,
    scale: f32,
    offset: Place,
    /// What is left of red, green and blue.
    light: [f32; 3],
}

impl<'a> Painter<'a> {
    /// A painter with a camera; `light` is what is left of red, green and blue.
    pub(crate) fn new(pixmap: &'a mut Pixmap, camera: Camera, light: [f32; 3]) -> Self {
        let (width, height) = (pixmap.width() as f32, pixmap.height() as f32);
        let scale = height * camera.zoom;
        Self {
            scale,
            offset: (
                width / 2.0 - camera.centre.0 * scale,
                height / 2.0 - camera.centre.1 * scale,
            ),
            pixmap,
            light,
        }
    }

    /// A painter in the measures of the picture itself, without camera and light.
    pub(crate) fn flat(pixmap: &'a mut Pixmap) -> Self {
        let camera = Camera {
            centre: (0.0, 0.5),
            zoom: 1.0,
        };
        Self::new(pixmap, camera, [1.0; 3])
    }

    /// The part of the scene that is in the picture: left, top, right, bottom.
    pub(crate) fn view(&self) -> (f32, f32, f32, f32) {
        let (left, top) = (-self.offset.0 / self.scale, -self.offset.1 / self.scale);
        (
            left,
            top,
            left + self.pixmap.width() as f32 / self.scale,
            top + self.pixmap.height() as f32 / self.scale,
        )
    }

    /// How many pixels a length of 1 takes.
    pub(crate) fn pixels_per_unit(&self) -> f32 {
        self.scale
    }

    fn at(&self, (x, y): Place) -> Place {
        (
            x * self.scale + self.offset.0,
            y * self.scale + self.offset.1,
        )
    }

    fn colour(&self, ink: Ink) -> Color {
        let light = if ink.is_lamp { [1.0; 3] } else { self.light };
        let lit = |value: f32, gain: f32| (value * gain).clamp(0.0, 1.0);
        Color::from_rgba(
            lit(ink.red, light[0]),
            lit(ink.green, light[1]),
            lit(ink.blue, light[2]),
            ink.alpha.clamp(0.0, 1.0),
        )
        .unwrap_or(Color::BLACK)
    }

    fn paint(&self, ink: Ink) -> Paint<'static> {
        let mut paint = Paint::default();
        paint.set_color(self.colour(ink));
        paint
    }

    fn fill(&mut self, path: impl Into<Option<Path>>, paint: &Paint) {
        if let Some(path) = path.into() {
            self.pixmap
                .fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    /// A rectangle by its left, top, width and height.
    pub(crate) fn rectangle(&mut self, left: f32, top: f32, width: f32, height: f32, ink: Ink) {
        let paint = self.paint(ink);
        self.fill_rectangle(left, top, width, height, &paint);
    }

    fn fill_rectangle(&mut self, left: f32, top: f32, width: f32, height: f32, paint: &Paint) {
        let (x, y) = self.at((left, top));
        let (right, bottom) = (x + width * self.scale, y + height * self.scale);
        // Clipped here: the rasteriser refuses rectangles that reach far outside.
        let (x, y) = (x.max(-8.0), y.max(-8.0));
        let right = right.min(self.pixmap.width() as f32 + 8.0);
        let bottom = bottom.min(self.pixmap.height() as f32 + 8.0);
        let Some(rectangle) = Rect::from_ltrb(x, y, right, bottom) else {
            return;
        };
        if paint.anti_alias {
            // As a path: the rasteriser's own rectangles with soft edges fail on thin ones.
            self.fill(PathBuilder::from_rect(rectangle), paint);
        } else {
            self.pixmap
                .fill_rect(rectangle, paint, Transform::identity(), None);
        }
    }

    /// A rectangle that goes from one colour at its top to another at its bottom; both opaque.
    pub(crate) fn gradient(&mut self, area: (f32, f32, f32, f32), top: Ink, bottom: Ink) {
        let (left, from, width, height) = area;
        let (start, end) = (
            self.at((left, from)),
            self.at((left + width, from + height)),
        );
        let pixels = |value: f32, most: u32| value.round().clamp(0.0, most as f32) as usize;
        let (across, down) = (self.pixmap.width(), self.pixmap.height());
        let columns = pixels(start.0, across)..pixels(end.0, across);
        // Row by row: as a shader it would take a fifth of the time of all drawing.
        for row in pixels(start.1, down)..pixels(end.1, down) {
            let share = ((row as f32 + 0.5 - start.1) / (end.1 - start.1)).clamp(0.0, 1.0);
            let colour = self
                .colour(top.mix(bottom, share).alpha(1.0))
                .premultiply()
                .to_color_u8();
            let first = row * across as usize;
            let line = &mut self.pixmap.pixels_mut()[first..first + across as usize];
            line[columns.clone()].fill(colour);
        }
    }

    /// A glow that fades outward from its centre.
    pub(crate) fn glow(&mut self, centre: Place, radius: f32, ink: Ink) {
        let middle = self.at(centre);
        let stops = vec![
            GradientStop::new(0.0, self.colour(ink)),
            GradientStop::new(1.0, self.colour(ink.alpha(0.0))),
        ];
        let point = Point::from_xy(middle.0, middle.1);
        let shader = RadialGradient::new(
            point,
            point,
            radius * self.scale,
            stops,
            SpreadMode::Pad,
            Transform::identity(),
        );
        if let Some(shader) = shader {
            let (x, y) = centre;
            let side = 2.0 * radius;
            self.fill_rectangle(x - radius, y - radius, side, side, &shaded(shader));
        }
    }

    /// An ellipse by its centre and radii.
    pub(crate) fn ellipse(&mut self, centre: Place, radius_x: f32, radius_y: f32, ink: Ink) {
        let (x, y) = self.at(centre);
        let (across, down) = (radius_x * self.scale, radius_y * self.scale);
        if let Some(bounds) = Rect::from_ltrb(x - across, y - down, x + across, y + down) {
            let mut builder = PathBuilder::new();
            builder.push_oval(bounds);
            let paint = self.paint(ink);
            self.fill(builder.finish(), &paint);
        }
    }

    /// A disc.
    pub(crate) fn disc(&mut self, centre: Place, radius: f32, ink: Ink) {
        self.ellipse(centre, radius, radius, ink);
    }

    /// A circle's line.
    pub(crate) fn ring(
        &mut self,
        centre: Place,
        radius_x: f32,
        radius_y: f32,
        width: f32,
        ink: Ink,
    ) {
        const STEPS: usize = 28;
        let mut places = Vec::with_capacity(STEPS + 1);
        for step in 0..=STEPS {
            let angle = std::f32::consts::TAU * step as f32 / STEPS as f32;
            places.push((
                centre.0 + radius_x * angle.cos(),
                centre.1 + radius_y * angle.sin(),
            ));
        }
        self.line(&places, width, ink);
    }

    /// A filled shape by its corners.
    pub(crate) fn polygon(&mut self, corners: &[Place], ink: Ink) {
        let mut builder = PathBuilder::new();
        for (index, corner) in corners.iter().enumerate() {
            let (x, y) = self.at(*corner);
            if index == 0 {
                builder.move_to(x, y);
            } else {
                builder.line_to(x, y);
            }
        }
        builder.close();
        let paint = self.paint(ink);
        self.fill(builder.finish(), &paint);
    }

    /// Many small rectangles of one colour, each by its left, top, width and height.
    pub(crate) fn specks(&mut self, specks: impl Iterator<Item = (f32, f32, f32, f32)>, ink: Ink) {
        let mut builder = PathBuilder::new();
        let (width, height) = (self.pixmap.width() as f32, self.pixmap.height() as f32);
        for (left, top, across, down) in specks {
            let (x, y) = self.at((left, top));
            let (right, bottom) = (x + across * self.scale, y + down * self.scale);
            if right < 0.0 || bottom < 0.0 || x > width || y > height {
                continue;
            }
            if let Some(speck) = Rect::from_ltrb(x, y, right, bottom) {
                builder.push_rect(speck);
            }
        }
        let paint = self.paint(ink);
        self.fill(builder.finish(), &paint);
    }

    /// A line through places, with round ends.
    pub(crate) fn line(&mut self, places: &[Place], width: f32, ink: Ink) {
        self.lines(std::iter::once(places), width, ink);
    }

    /// Many lines of one width and colour.
    pub(crate) fn lines<'p>(
        &mut self,
        lines: impl Iterator<Item = &'p [Place]>,
        width: f32,
        ink: Ink,
    ) {
        let mut builder = PathBuilder::new();
        for places in lines {
            for (index, place) in places.iter().enumerate() {
                let (x, y) = self.at(*place);
                if index == 0 {
                    builder.move_to(x, y);
                } else {
                    builder.line_to(x, y);
                }
            }
        }
        let stroke = Stroke {
            width: (width * self.scale).max(0.6),
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        if let Some(path) = builder.finish() {
            let paint = self.paint(ink);
            self.pixmap
                .stroke_path(&path, &paint, &stroke, Transform::identity(), None);
        }
    }

    /// A shape made elsewhere in pixels, such as letters, moved so that its origin is at `place`.
    pub(crate) fn shape(&mut self, path: &Path, place: Place, scale: f32, ink: Ink) {
        let (x, y) = self.at(place);
        let paint = self.paint(ink);
        let size = scale * self.scale;
        let transform = Transform::from_row(size, 0.0, 0.0, size, x, y);
        self.pixmap
            .fill_path(path, &paint, FillRule::Winding, transform, None);
    }
}

fn shaded(shader: Shader<'static>) -> Paint<'static> {
    Paint {
        shader,
        anti_alias: false,
        ..Paint::default()
    }
}
