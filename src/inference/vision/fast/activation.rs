//! Activations, softmax and layer norm, each in one pass over values that are still in the first cache.

use super::kernel::Instructions;

/// The nonlinearity between the two products of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// `x · σ(1.702 x)`, which OpenAI's CLIP was trained with.
    QuickGelu,
    /// `x · Φ(x)` with the tanh approximation (Hendrycks and Gimpel 2016, section 2).
    GeluTanh,
    /// `x · Φ(x)` by the error function.
    Gelu,
}

impl Activation {
    /// The activation of that name in a model's `hidden_act`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "quick_gelu" => Some(Self::QuickGelu),
            "gelu_pytorch_tanh" | "gelu_new" | "gelu_fast" => Some(Self::GeluTanh),
            "gelu" => Some(Self::Gelu),
            _ => None,
        }
    }
}

/// Compiles `$body` once for each set of vector instructions and calls the one asked for.
macro_rules! for_each_instruction_set {
    ($instructions:expr, $body:ident($($argument:ident: $kind:ty),*)) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx512f,avx2,fma")]
            fn with_avx512($($argument: $kind),*) { $body::<true>($($argument),*) }
            #[target_feature(enable = "avx2,fma")]
            fn with_avx2($($argument: $kind),*) { $body::<true>($($argument),*) }
            match $instructions {
                // SAFETY: `Instructions` other than `Portable` are only made on processors that have them.
                Instructions::Avx512 => unsafe { with_avx512($($argument),*) },
                // SAFETY: as above.
                Instructions::Avx2 => unsafe { with_avx2($($argument),*) },
                Instructions::Portable => $body::<false>($($argument),*),
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = $instructions;
            $body::<false>($($argument),*)
        }
    }};
}

impl Activation {
    /// Replaces each value by its image.
    pub(crate) fn apply(self, instructions: Instructions, values: &mut [f32]) {
        match self {
            Self::QuickGelu => {
                for_each_instruction_set!(instructions, quick_gelu(values: &mut [f32]))
            }
            Self::GeluTanh => {
                for_each_instruction_set!(instructions, gelu_tanh(values: &mut [f32]))
            }
            Self::Gelu => for_each_instruction_set!(instructions, gelu(values: &mut [f32])),
        }
    }
}

/// Turns `values` into shares of one: `exp(x - max) / Σ exp(x - max)`.
pub(crate) fn softmax(instructions: Instructions, values: &mut [f32]) {
    for_each_instruction_set!(instructions, softmax_row(values: &mut [f32]));
}

/// Scale and shift of a layer norm.
pub(crate) struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl LayerNorm {
    /// `weight` and `bias` have as many values as a row.
    pub(crate) fn new(weight: Vec<f32>, bias: Vec<f32>, epsilon: f32) -> Self {
        Self {
            weight,
            bias,
            epsilon,
        }
    }

    /// Numbers of a row.
    pub(crate) fn width(&self) -> usize {
        self.weight.len()
    }

    /// Writes the norm of the row `source` to `target`.
    pub(crate) fn apply(&self, instructions: Instructions, source: &[f32], target: &mut [f32]) {
        let norm = self;
        for_each_instruction_set!(
            instructions,
            layer_norm_row(norm: &LayerNorm, source: &[f32], target: &mut [f32])
        );
    }
}

/// Sums that run side by side, so that the compiler may keep them in one vector.
const LANES: usize = 16;

#[inline(always)]
fn fused<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    // Without the instruction `mul_add` is a slow library call.
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `exp(x)` to about two units in the last place: 2ⁿ times a polynomial on ±ln 2 / 2
/// (the coefficients of Cephes' `expf`, S. L. Moshier); arguments are held to ±87.
#[inline(always)]
fn exp<const FMA: bool>(x: f32) -> f32 {
    // Adding 1.5 · 2²³ rounds to an integer and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = fused::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = fused::<FMA>(n, -0.693_359_4, x);
    let r = fused::<FMA>(n, 2.121_944_4e-4, r);
    let mut sum = 1.987_569_1e-4;
    for coefficient in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        0.166_666_66,
        0.5,
        1.0,
        1.0,
    ] {
        sum = fused::<FMA>(sum, r, coefficient);
    }
    let power = shifted
        .to_bits()
        .wrapping_sub(ROUND.to_bits())
        .wrapping_add(127)
        << 23;
    sum * f32::from_bits(power)
}

#[inline(always)]
fn quick_gelu<const FMA: bool>(values: &mut [f32]) {
    for value in values {
        *value /= 1.0 + exp::<FMA>(-1.702 * *value);
    }
}

#[inline(always)]
fn gelu_tanh<const FMA: bool>(values: &mut [f32]) {
    // (1 + tanh u) / 2 = σ(2u) with u = √(2/π) (x + 0.044715 x³).
    const TWICE_ROOT: f32 = 1.595_769;
    for value in values {
        let x = *value;
        let u = TWICE_ROOT * x * fused::<FMA>(0.044_715 * x, x, 1.0);
        *value = x / (1.0 + exp::<FMA>(-u));
    }
}

#[inline(always)]
fn gelu<const FMA: bool>(values: &mut [f32]) {
    // Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: |error of erf| ≤ 1.5e-7.
    for value in values {
        let x = *value;
        let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
        let t = 1.0 / fused::<FMA>(0.327_591_1, z, 1.0);
        let mut sum = 1.061_405_4;
        for coefficient in [-1.453_152_1, 1.421_413_7, -0.284_496_72, 0.254_829_6] {
            sum = fused::<FMA>(sum, t, coefficient);
        }
        let tail = 0.5 * sum * t * exp::<FMA>(-z * z);
        *value = x * if x < 0.0 { tail } else { 1.0 - tail };
    }
}

#[inline(always)]
fn softmax_row<const FMA: bool>(values: &mut [f32]) {
    let mut peaks = [f32::NEG_INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (peak, value) in peaks.iter_mut().zip(chunk) {
            *peak = if *value > *peak { *value } else { *peak };
        }
    }
    let peak = peaks
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    let mut sums = [0.0; LANES];
    let mut chunks = values.chunks_exact_mut(LANES);
    for chunk in &mut chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *value = exp::<FMA>(*value - peak);
            *sum += *value;
        }
    }
    for (sum, value) in sums.iter_mut().zip(chunks.into_remainder()) {
        *value = exp::<FMA>(*value - peak);
        *sum += *value;
    }
    let scale = 1.0 / sums.iter().sum::<f32>();
    values.iter_mut().for_each(|value| *value *= scale);
}

#[inline(always)]
fn layer_norm_row<const FMA: bool>(norm: &LayerNorm, source: &[f32], target: &mut [f32]) {
    let count = source.len() as f32;
    let mean = lane_sum(source, |value| value) / count;
    let variance = lane_sum(source, |value| (value - mean) * (value - mean)) / count;
    let scale = 1.0 / (variance + norm.epsilon).sqrt();
    for ((target, source), (weight, bias)) in target
        .iter_mut()
        .zip(source)
        .zip(norm.weight.iter().zip(&norm.bias))
    {
        *target = fused::<FMA>((source - mean) * scale, *weight, *bias);
    }
}

#[inline(always)]
fn lane_sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|value| of(*value)).sum();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(*value);
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Vec<f32> {
        (-4000..=4000).map(|step| step as f32 / 40.0).collect()
    }

    fn assert_matches(activation: Activation, exact: impl Fn(f64) -> f64) {
        for instructions in Instructions::available() {
            let mut values = grid();
            activation.apply(instructions, &mut values);
            for (x, found) in grid().into_iter().zip(values) {
                let expected = exact(f64::from(x));
                let tolerance = 2e-6 * expected.abs().max(1.0);
                assert!(
                    (f64::from(found) - expected).abs() < tolerance,
                    "{activation:?} {instructions:?} of {x}: {found} instead of {expected}"
                );
            }
        }
    }

    #[test]
    fn activations_match_their_definitions() {
        assert_matches(Activation::QuickGelu, |x| x / (1.0 + (-1.702 * x).exp()));
        assert_matches(Activation::GeluTanh, |x| {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        });
        // The normal distribution's integral by Simpson's rule, from 0 to x.
        assert_matches(Activation::Gelu, |x| {
            let end = x.clamp(-12.0, 12.0);
            let step = end / 2000.0;
            let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let inner: f64 = (1..2000)
                .map(|index| {
                    density(step * f64::from(index)) * if index % 2 == 1 { 4.0 } else { 2.0 }
                })
                .sum();
            x * (0.5 + step / 3.0 * (density(0.0) + inner + density(end)))
        });
    }

    #[test]
    fn softmax_shares_add_up_to_one_and_bear_large_values() {
        for instructions in Instructions::available() {
            for count in [1, 15, 16, 17, 50] {
                let mut values: Vec<f32> =
                    (0..count).map(|index| index as f32 * 3.0 + 1e4).collect();
                softmax(instructions, &mut values);
                assert!((values.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                assert!(values.is_sorted() && values.iter().all(|value| *value >= 0.0));
            }
        }
    }
}
