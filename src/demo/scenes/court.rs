//! Sports on courts and on ice.

use super::{
    super::{
        figure::{Dress, Figure, Pose},
        paint::{Painter, ink},
    },
    View,
    field::running_pose,
    setting,
};

/// Tennis: a player near the camera, and where there are two, one beyond the net.
pub(super) fn tennis(painter: &mut Painter, view: &View) {
    let line = 0.46;
    setting::sky(painter, view, line);
    setting::floodlights(painter, view, line - 0.1);
    setting::stands(painter, view, 0.30, 0.43);
    setting::boards(painter, view, 0.42, 0.05);
    let court = view.pick(
        400,
        &[ink(0xc0643c), ink(0x3b74b0), ink(0x4f8f52), ink(0x6a58a0)],
    );
    setting::ground(painter, view, line, court.mix(ink(0x808080), 0.25));
    painter.polygon(
        &[(-0.52, 0.50), (0.52, 0.50), (0.98, 1.05), (-0.98, 1.05)],
        court,
    );
    let white = ink(0xf8f8f4);
    painter.line(&[(-0.52, 0.50), (0.52, 0.50)], 0.005, white);
    painter.line(&[(-0.52, 0.50), (-0.98, 1.05)], 0.007, white);
    painter.line(&[(0.52, 0.50), (0.98, 1.05)], 0.007, white);
    painter.line(&[(0.0, 0.55), (0.0, 0.83)], 0.006, white);
    painter.line(&[(-0.80, 0.83), (0.80, 0.83)], 0.008, white);
    let facing = view.facing();
    let middle = view.subject_x();
    if view.people() > 1 {
        let pose = Pose {
            lean: 0.15,
            arms: [(0.5, 0.6), (1.2 + 0.4 * view.wave(0.8, 0.2), 0.5)],
            legs: [(0.35, 0.4), (-0.3, 0.3)],
        };
        let mut far = view.opponent(1, (middle + facing * 0.30, 0.55), pose);
        far.height *= 0.62;
        let far = far.standing_on(0.63);
        let ends = far.draw(painter);
        racket(painter, ends.hands[1], far.facing, far.height, 0.9);
    }
    let net: Vec<_> = (0..26)
        .map(|thread| {
            let x = thread as f32 * 0.062 - 0.775;
            [(x, 0.605), (x, 0.68)]
        })
        .collect();
    painter.lines(
        net.iter().map(|thread| &thread[..]),
        0.002,
        ink(0x20242c).alpha(0.6),
    );
    painter.line(
        &[(-0.78, 0.645), (0.78, 0.645)],
        0.002,
        ink(0x20242c).alpha(0.6),
    );
    painter.line(&[(-0.78, 0.602), (0.78, 0.602)], 0.012, white);
    let swing = view.wave(0.5, view.chance(401));
    let pose = Pose {
        lean: 0.18 + 0.1 * swing,
        arms: [(-0.5, 0.7), (1.5 + 1.0 * swing, 0.3)],
        legs: [(-0.45, 0.35), (0.5, 0.5)],
    };
    let near = view
        .figure(0, (middle, 0.6), pose)
        .standing_on(view.ground());
    painter.ellipse(
        (middle, view.ground()),
        0.10,
        0.012,
        ink(0x14181c).alpha(0.3),
    );
    let ends = near.draw(painter);
    racket(
        painter,
        ends.hands[1],
        near.facing,
        near.height,
        1.5 + 1.0 * swing,
    );
    let ball = (view.seconds * 0.5 + view.chance(402)).fract();
    let from = (middle + facing * 0.14, 0.56);
    let place = (
        from.0 + facing * 0.26 * ball,
        from.1 - 0.10 * ball + 0.12 * ball * ball,
    );
    painter.disc(place, 0.013, ink(0xdcf02c).lamp());
}

fn racket(painter: &mut Painter, hand: (f32, f32), facing: f32, size: f32, angle: f32) {
    let (sine, cosine) = (angle + 0.35).sin_cos();
    let along = |reach: f32| {
        (
            hand.0 + facing * sine * reach * size,
            hand.1 + cosine * reach * size,
        )
    };
    painter.line(&[hand, along(0.14)], 0.02 * size, ink(0x2a2a30));
    let head = along(0.235);
    painter.ellipse(head, 0.085 * size, 0.085 * size, ink(0xf0f0e4).alpha(0.35));
    painter.ring(
        head,
        0.088 * size,
        0.088 * size,
        0.018 * size,
        ink(0x303040),
    );
}

/// Players below the hoop.
pub(super) fn basketball(painter: &mut Painter, view: &View) {
    let floor = 0.62;
    setting::hall(painter, view, floor);
    let wood = view.pick(410, &[ink(0xd29a58), ink(0xb87a40), ink(0xe0b478)]);
    setting::ground(painter, view, floor, wood);
    let lines: Vec<_> = (0..14)
        .map(|plank| {
            let x = plank as f32 * 0.2 - 1.3;
            [(x, floor), (x * 1.5, 1.1)]
        })
        .collect();
    painter.lines(
        lines.iter().map(|plank| &plank[..]),
        0.002,
        wood.shade(0.75),
    );
    painter.ring((0.0, 0.86), 0.5, 0.13, 0.008, ink(0xf6f2ea));
    let facing = view.facing();
    let hoop = view.subject_x() + facing * 0.30;
    let pole = hoop + facing * 0.17;
    painter.rectangle(pole - 0.014, 0.28, 0.028, 0.44, ink(0x3c4452));
    painter.rectangle(
        hoop.min(pole),
        0.30,
        (pole - hoop).abs(),
        0.02,
        ink(0x3c4452),
    );
    painter.rectangle(hoop - 0.085, 0.17, 0.17, 0.135, ink(0xf2f4f6));
    painter.rectangle(hoop - 0.035, 0.225, 0.07, 0.055, ink(0xd84430));
    painter.rectangle(hoop - 0.027, 0.232, 0.054, 0.041, ink(0xf2f4f6));
    painter.ring((hoop, 0.305), 0.048, 0.012, 0.010, ink(0xf06a20));
    for thread in 0..5 {
        let x = hoop - 0.044 + thread as f32 * 0.022;
        painter.line(
            &[(x, 0.31), (hoop + (x - hoop) * 0.55, 0.375)],
            0.003,
            ink(0xffffff),
        );
    }
    let jump = view.wave(0.4, view.chance(411)).max(0.0);
    let places = view.places(0.19);
    let shooter = places.len() / 2;
    for (person, (x, ground)) in places.iter().enumerate() {
        let pose = if person == shooter {
            Pose {
                lean: 0.05,
                arms: [(2.3 + 0.3 * jump, 0.5), (2.5 + 0.3 * jump, 0.3)],
                legs: [(0.1 + 0.2 * (1.0 - jump), 0.5 * (1.0 - jump)), (-0.1, 0.3)],
            }
        } else {
            let mut pose = running_pose(view.seconds * 0.8 + view.chance(412 + person as u32));
            pose.arms = [(1.9, 0.5), (2.4, 0.2)];
            pose
        };
        let hip = (*x, 0.6);
        let is_opponent = person % 2 != shooter % 2;
        let figure = if is_opponent {
            view.opponent(person, hip, pose)
        } else {
            view.figure(person, hip, pose)
        };
        let rise = if person == shooter { 0.07 * jump } else { 0.0 };
        let ends = figure.standing_on(ground - rise).draw(painter);
        if person == shooter {
            let hand = ends.hands[1];
            let ball = (hand.0 + facing * 0.02, hand.1 - 0.035);
            painter.disc(ball, 0.034, ink(0xe27a2a));
            painter.ring(ball, 0.034, 0.034, 0.003, ink(0x5a2c10));
            painter.line(
                &[(ball.0 - 0.034, ball.1), (ball.0 + 0.034, ball.1)],
                0.003,
                ink(0x5a2c10),
            );
            painter.line(
                &[(ball.0, ball.1 - 0.034), (ball.0, ball.1 + 0.034)],
                0.003,
                ink(0x5a2c10),
            );
        }
    }
}

/// Skaters glide over the ice.
pub(super) fn skating(painter: &mut Painter, view: &View) {
    let line = 0.54;
    setting::hall(painter, view, line);
    setting::boards(painter, view, line - 0.05, 0.07);
    let (left, _, right, bottom) = painter.view();
    let ice = view.pick(420, &[ink(0xdcecf4), ink(0xcfe2ee), ink(0xe8eff6)]);
    painter.gradient(
        (left, line + 0.02, right - left, (bottom - line).max(0.5)),
        ice.shade(0.85),
        ice,
    );
    let traces: Vec<Vec<_>> = (0..8)
        .map(|trace| {
            let x = (view.chance(421 + trace) - 0.5) * 1.8;
            let y = view.varied(430 + trace, 0.62, 0.98);
            let bow = view.varied(440 + trace, -0.05, 0.05);
            vec![(x, y), (x + 0.12, y + bow), (x + 0.28, y + bow * 0.4)]
        })
        .collect();
    painter.lines(traces.iter().map(|trace| &trace[..]), 0.003, ink(0xa9c2d2));
    let gold = ink(0xfff0c0).alpha(0.35).lamp();
    painter.ellipse((view.subject_x(), view.ground()), 0.30, 0.07, gold);
    let glide = 0.06 * view.wave(0.12, view.chance(450));
    let style = view.pick(451, &[0, 1, 2]);
    for (person, (x, ground)) in view.places(0.24).iter().enumerate() {
        let sway = 0.08 * view.wave(0.5, 0.1 * person as f32);
        let pose = match style {
            // An arabesque, a spread glide, a stride.
            0 => Pose {
                lean: 0.9 + sway,
                arms: [(1.0, 0.0), (-1.9, 0.0)],
                legs: [(-1.5 - sway, 0.0), (0.0, 0.1)],
            },
            1 => Pose {
                lean: 0.1 + sway,
                arms: [(-1.8, 0.0), (1.8 + sway, 0.0)],
                legs: [(-0.8, 0.2), (0.15, 0.1)],
            },
            _ => Pose {
                lean: 0.55,
                arms: [(-0.9 + sway, 0.2), (0.8 - sway, 0.4)],
                legs: [(-0.9, 0.2 - sway), (0.6, 0.7)],
            },
        };
        let mut figure = Figure {
            dress: Dress::Suit,
            ..view.figure(person, (x + glide, 0.6), pose)
        };
        if person == 1 {
            figure.facing = -figure.facing;
        }
        let figure = figure.standing_on(*ground - 0.008);
        let reflected = (figure.hip.0, ground + 0.02);
        painter.ellipse(reflected, 0.075, 0.014, figure.kit.alpha(0.3));
        let ends = figure.draw(painter);
        let size = figure.height;
        for foot in ends.feet {
            painter.disc(foot, 0.04 * size, ink(0xf4f2ee));
            let from = (foot.0 - 0.06 * size, foot.1 + 0.048 * size);
            painter.line(
                &[from, (foot.0 + 0.09 * size, foot.1 + 0.048 * size)],
                0.014 * size,
                ink(0x707a88),
            );
        }
        let skirt = figure.hip;
        painter.polygon(
            &[
                (skirt.0 - 0.05 * size, skirt.1 - 0.04 * size),
                (skirt.0 + 0.05 * size, skirt.1 - 0.04 * size),
                (skirt.0 + 0.115 * size, skirt.1 + 0.085 * size),
                (skirt.0 - 0.115 * size, skirt.1 + 0.085 * size),
            ],
            view.second(),
        );
    }
}
