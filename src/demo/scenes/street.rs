//! What happens in the streets of a town.

use std::f32::consts::PI;

use super::{
    super::{
        figure::{Dress, Pose},
        paint::{Painter, Place, ink},
    },
    View,
    field::running_pose,
    setting,
};

/// A street with houses; gives where its pavement begins.
fn street(painter: &mut Painter, view: &View) -> f32 {
    let line = 0.60;
    setting::sky(painter, view, line);
    for house in 0..8_u32 {
        let x = house as f32 * 0.31 - 1.24;
        let top = view.varied(580 + house, 0.10, 0.34);
        let wall = view.pick(
            590 + house,
            &[0xc9a78a, 0xb3b8be, 0xd8c9a8, 0x9a6e5a, 0x8f9fae, 0xc8b4b0],
        );
        painter.rectangle(x, top, 0.305, line - top, ink(wall));
        let is_lit = view.is_night();
        for lit in [true, false] {
            let windows = (0..15_u32)
                .filter(|pane| (view.chance(700 + house * 15 + pane) < 0.55) == lit)
                .filter_map(|pane| {
                    let y = top + 0.05 + (pane / 3) as f32 * 0.085;
                    (y + 0.05 < line).then_some((
                        x + 0.04 + (pane % 3) as f32 * 0.085,
                        y,
                        0.045,
                        0.05,
                    ))
                });
            let glass = match (is_lit, lit) {
                (true, true) => ink(0xffd988).lamp(),
                (true, false) => ink(0x1c2436),
                _ => ink(0x51647a),
            };
            painter.specks(windows, glass);
        }
    }
    setting::ground(painter, view, line, ink(0x6a6e76));
    painter.rectangle(-1.4, line, 2.8, 0.035, ink(0x9a9c9e));
    line
}

/// A runner carries the flame through a town.
pub(super) fn torch(painter: &mut Painter, view: &View) {
    let line = street(painter, view);
    let shirts = [0xd24a3c, 0x3a6ab4, 0xe6c24a, 0x4d9b62, 0xe8e4dc, 0x8a5aa0];
    for person in 0..13_u32 {
        let x = person as f32 * 0.17 - 1.04 + view.varied(620 + person, -0.03, 0.03);
        let hop = 0.008 * view.wave(0.9, view.chance(640 + person));
        let shirt = ink(view.pick(660 + person, &shirts)).shade(0.85);
        painter.line(&[(x, line + 0.05), (x, line - 0.01 + hop)], 0.055, shirt);
        painter.disc(
            (x, line - 0.055 + hop),
            0.024,
            view.skin(person as usize + 3),
        );
    }
    let phase = view.seconds * 1.2 + view.chance(621);
    let mut pose = running_pose(phase);
    pose.arms[1] = (2.1, 0.55);
    let x = view.subject_x();
    let figure = view.figure(0, (x, 0.6), pose).standing_on(view.ground());
    let facing = figure.facing;
    let size = figure.height;
    let hand = figure.ends().hands[1];
    let cup = (hand.0 + facing * 0.045 * size, hand.1 - 0.17 * size);
    painter.glow(
        (cup.0, cup.1 - 0.1 * size),
        0.36 * size,
        ink(0xffa030).lamp().alpha(0.55),
    );
    figure.draw(painter);
    painter.line(
        &[(hand.0 - facing * 0.02 * size, hand.1 + 0.07 * size), cup],
        0.036 * size,
        ink(0xd9c27a),
    );
    painter.ellipse(cup, 0.045 * size, 0.02 * size, ink(0xf0e0a0));
    for (tongue, (colour, scale)) in [(0xf0501c, 1.0), (0xff9a24, 0.72), (0xffe478, 0.42)]
        .iter()
        .enumerate()
    {
        let flicker = 0.03 * view.wave(3.1, 0.3 * tongue as f32);
        let (wide, high) = (0.055 * scale * size, 0.19 * scale * size);
        let tip = (cup.0 - facing * (0.05 + flicker) * size, cup.1 - high);
        painter.polygon(
            &[
                (cup.0 - wide, cup.1),
                (cup.0 - wide * 0.9, cup.1 - high * 0.45),
                tip,
                (cup.0 + wide * 0.7, cup.1 - high * 0.5),
                (cup.0 + wide, cup.1),
            ],
            ink(*colour).lamp(),
        );
    }
}

/// People under umbrellas.
pub(super) fn rain(painter: &mut Painter, view: &View) {
    let line = street(painter, view);
    for puddle in 0..6_u32 {
        let x = (view.chance(680 + puddle) - 0.5) * 1.8;
        let y = view.varied(690 + puddle, line + 0.12, 0.98);
        painter.ellipse((x, y), 0.12, 0.018, ink(0xaab8c8).alpha(0.55));
        let ring = (view.seconds * 0.9 + view.chance(695 + puddle)).fract();
        painter.ring(
            (x, y),
            0.08 * ring,
            0.012 * ring,
            0.003,
            ink(0xe8f0f8).alpha(1.0 - ring),
        );
    }
    for (person, (x, ground)) in view.places(0.26).iter().enumerate() {
        let walk = running_pose(view.seconds * 0.7 + view.chance(700 + person as u32));
        let pose = Pose {
            lean: 0.05,
            arms: [(0.4 * walk.arms[0].0, 0.2), (1.0, 1.3)],
            legs: [(walk.legs[0].0 * 0.55, 0.25), (walk.legs[1].0 * 0.55, 0.25)],
        };
        let mut figure = view.figure(person, (*x, 0.6), pose);
        figure.kit = ink(view.pick(
            705 + person as u32,
            &[0x4a5264, 0x7a6a58, 0x39464e, 0x8a8478],
        ));
        figure.second = ink(0x2c3038);
        figure.dress = Dress::Trousers;
        let figure = figure.standing_on(*ground);
        let size = figure.height;
        let ends = figure.draw(painter);
        let hand = ends.hands[1];
        let top = (hand.0, ends.head.1 - 0.30 * size);
        painter.line(&[hand, top], 0.014 * size, ink(0x24262c));
        let rim = top.1 + 0.20 * size;
        let wide = 0.30 * size;
        let mut cover: Vec<Place> = (0..=10)
            .map(|step| {
                let angle = PI + PI * step as f32 / 10.0;
                (top.0 + wide * angle.cos(), rim + 0.20 * size * angle.sin())
            })
            .collect();
        for rib in (0..4).rev() {
            let from = top.0 - wide + wide * 2.0 * (rib as f32 + 0.5) / 4.0;
            cover.push((from, rim - 0.035 * size));
            cover.push((top.0 - wide + wide * 2.0 * rib as f32 / 4.0, rim));
        }
        painter.polygon(&cover, view.kit());
        for rib in [-0.5, 0.0, 0.5] {
            painter.line(
                &[top, (top.0 + wide * rib, rim - 0.01 * size)],
                0.006 * size,
                view.kit().shade(0.7),
            );
        }
    }
}
