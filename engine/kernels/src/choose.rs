//! Which kernel works: chosen once, by the processor or by an environment variable.

use std::env;
use std::sync::atomic::{AtomicU8, Ordering};

/// The environment variable that forces a kernel: `portable`, `avx2` or `avx512`.
pub const VARIABLE: &str = "WASCLEAN_KERNEL";

/// Who works on the text of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Nobody here: the caller does it in portable code.
    Portable,
    /// 32 bytes at a time.
    Avx2(Avx2),
    /// 64 bytes at a time.
    Avx512(Avx512),
}

/// The processor has AVX2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx2(Proof);

/// The processor has AVX-512 with its instructions for bytes (F and BW), and BMI2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx512(Proof);

#[cfg(target_arch = "x86_64")]
type Proof = ();

/// Elsewhere there are no such values.
#[cfg(not(target_arch = "x86_64"))]
type Proof = core::convert::Infallible;

impl Avx2 {
    /// The proof, if the processor has it.
    #[must_use]
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return is_x86_feature_detected!("avx2").then_some(Self(()));
        #[cfg(not(target_arch = "x86_64"))]
        return None;
    }
}

impl Avx512 {
    /// The proof, if the processor has it.
    #[must_use]
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("bmi2"))
        .then_some(Self(()));
        #[cfg(not(target_arch = "x86_64"))]
        return None;
    }
}

impl Kernel {
    /// All that the processor has, the plainest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let avx2 = Avx2::detect().map(Self::Avx2);
        let avx512 = Avx512::detect().map(Self::Avx512);
        [Some(Self::Portable), avx2, avx512].into_iter().flatten().collect()
    }

    /// The name by which [`VARIABLE`] forces it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2(_) => "avx2",
            Self::Avx512(_) => "avx512",
        }
    }

    /// The one that `value` of [`VARIABLE`] asks for, and the best one if it is not set.
    fn asked_for(value: Option<&str>) -> Result<Self, String> {
        let available = Self::available();
        let Some(name) = value else {
            return Ok(*available.last().expect("the portable one is always there"));
        };
        available.iter().copied().find(|kernel| kernel.name() == name).ok_or_else(|| {
            let names: Vec<&str> = available.iter().map(|kernel| kernel.name()).collect();
            format!("{VARIABLE} is \"{name}\"; this processor has: {}", names.join(", "))
        })
    }
}

/// 0 is not chosen yet; then the kernels in the order of their declaration.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

/// The kernel for this process: the one that [`VARIABLE`] says, and otherwise the best that the processor has.
///
/// # Panics
///
/// At the first call, if the variable says what there is not: a test of the wrong kernel would prove nothing.
#[inline]
#[must_use]
pub fn chosen() -> Kernel {
    match CHOSEN.load(Ordering::Relaxed) {
        1 => Kernel::Portable,
        #[cfg(target_arch = "x86_64")]
        2 => Kernel::Avx2(Avx2(())),
        #[cfg(target_arch = "x86_64")]
        3 => Kernel::Avx512(Avx512(())),
        _ => choose(),
    }
}

#[cold]
fn choose() -> Kernel {
    let value = env::var_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
    let kernel = Kernel::asked_for(value.as_deref()).unwrap_or_else(|advice| panic!("{advice}"));
    let number = match kernel {
        Kernel::Portable => 1,
        Kernel::Avx2(_) => 2,
        Kernel::Avx512(_) => 3,
    };
    CHOSEN.store(number, Ordering::Relaxed);
    kernel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_variable_the_best_is_chosen() {
        assert_eq!(Kernel::asked_for(None).ok(), Kernel::available().last().copied());
    }

    #[test]
    fn the_variable_chooses_by_name_and_says_what_there_is() {
        for kernel in Kernel::available() {
            assert_eq!(Kernel::asked_for(Some(kernel.name())), Ok(kernel));
        }
        let advice = Kernel::asked_for(Some("mmx")).expect_err("there is no such kernel");
        assert!(advice.starts_with("WASCLEAN_KERNEL is \"mmx\"; this processor has: portable"), "{advice}");
    }

    #[test]
    fn the_choice_lasts() {
        assert_eq!(chosen(), chosen());
    }
}
