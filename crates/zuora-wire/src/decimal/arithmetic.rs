//! Calculating, exactly or not at all.
//!
//! Both numbers become integers of at most 38 digits with a scale. A sum has the larger scale, a
//! product the sum of the scales, as one writes it by hand. If that does not fit, it is tried again
//! without the zeros at the end.

use super::{Decimal, Repr, Small, digits::power_of_ten, small};
use std::ops::Neg;

/// An integer and its scale: how many of its digits stand behind the point; negative scales add zeros.
type Scaled = (i128, i64);

impl Decimal {
    /// The sum; `None` if it cannot be calculated exactly in 38 digits.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        self.calculate(other, |(a, a_scale), (b, b_scale)| {
            let scale = a_scale.max(b_scale);
            let (a, b) = (rescale(a, scale - a_scale)?, rescale(b, scale - b_scale)?);
            Some((a.checked_add(b)?, scale))
        })
    }

    /// The difference; `None` if it cannot be calculated exactly in 38 digits.
    pub fn checked_sub(&self, other: &Self) -> Option<Self> {
        self.checked_add(&-other)
    }

    /// The product; `None` if it cannot be calculated exactly in 38 digits.
    pub fn checked_mul(&self, other: &Self) -> Option<Self> {
        self.calculate(other, |(a, a_scale), (b, b_scale)| {
            Some((a.checked_mul(b)?, a_scale + b_scale))
        })
    }

    /// The sum of all; `None` if it cannot be calculated exactly in 38 digits.
    ///
    /// ```
    /// # use zuora_wire::Decimal;
    /// let amounts = [Decimal::new(1050, 2), Decimal::new(-50, 2)];
    /// assert_eq!(Decimal::checked_sum(&amounts), Some(Decimal::from(10)));
    /// ```
    pub fn checked_sum<'a>(values: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut values = values.into_iter();
        values.try_fold(Self::ZERO, |sum, value| sum.checked_add(value))
    }

    /// The value without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        match self.is_negative() {
            true => -self,
            false => self.clone(),
        }
    }

    fn calculate(
        &self,
        other: &Self,
        work: impl Fn(Scaled, Scaled) -> Option<Scaled>,
    ) -> Option<Self> {
        let full = || work(self.scaled()?, other.scaled()?);
        let trimmed = || work(self.trimmed()?, other.trimmed()?);
        let fitting = |(mantissa, scale): Scaled| {
            let exponent = scale.unsigned_abs();
            (exponent <= super::MAX_EXPONENT.unsigned_abs()).then_some((mantissa, scale))
        };
        let (mantissa, scale) = full()
            .and_then(fitting)
            .or_else(|| trimmed().and_then(fitting))?;
        Some(Self::from_scaled(mantissa, scale))
    }

    /// All digits that are written, as an integer with its scale; `None` if it does not fit.
    pub(super) fn scaled(&self) -> Option<Scaled> {
        match &self.0 {
            Repr::Small(small) => Some((small.mantissa(), i64::from(small.scale()))),
            Repr::Text(_) => self.with_parts(|parts| parts.scaled()),
        }
    }

    /// The same without zeros at the end.
    pub(super) fn trimmed(&self) -> Option<Scaled> {
        self.with_parts(|parts| parts.normal().scaled())
    }

    /// The scale is within [`MAX_EXPONENT`](super::MAX_EXPONENT) both ways.
    pub(super) fn from_scaled(mantissa: i128, scale: i64) -> Self {
        if let Some(small) = Self::small_of((mantissa, scale)) {
            return Self(Repr::Small(small));
        }
        let text = match scale {
            0 => mantissa.to_string(),
            // Longer ones are easier read with an exponent.
            1..=60 => {
                let digits = mantissa.unsigned_abs().to_string();
                let width = scale as usize + 1;
                let digits = format!("{digits:0>width$}");
                let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
                let sign = if mantissa < 0 { "-" } else { "" };
                format!("{sign}{whole}.{fraction}")
            }
            _ if scale > 0 => format!("{mantissa}E-{scale}"),
            _ => format!("{mantissa}E+{}", scale.unsigned_abs()),
        };
        Self(Repr::Text(text.into()))
    }

    pub(super) fn small_of((mantissa, scale): Scaled) -> Option<Small> {
        let mantissa = rescale(mantissa, (-scale).max(0))?;
        let scale = u32::try_from(scale.max(0)).ok()?;
        let fits = mantissa.unsigned_abs() < 1 << 96 && scale <= Small::MAX_SCALE;
        fits.then(|| small(mantissa.unsigned_abs(), mantissa < 0, scale))
    }
}

/// `mantissa` with so many zeros more.
fn rescale(mantissa: i128, zeros: i64) -> Option<i128> {
    match mantissa {
        0 => Some(0),
        _ => mantissa.checked_mul(power_of_ten(zeros)?),
    }
}

/// Zero stays as it is: there is no negative zero but the one that was read.
impl Neg for &Decimal {
    type Output = Decimal;

    fn neg(self) -> Decimal {
        match &self.0 {
            _ if self.is_zero() => self.clone(),
            Repr::Small(small) => Decimal(Repr::Small(-*small)),
            Repr::Text(text) => {
                let negated = match text.strip_prefix('-') {
                    Some(rest) => rest.to_owned(),
                    None => format!("-{text}"),
                };
                // Only the sign has changed: it is a number still.
                Decimal(Repr::Text(negated.into()))
            }
        }
    }
}

impl Neg for Decimal {
    type Output = Decimal;

    fn neg(self) -> Decimal {
        -&self
    }
}
