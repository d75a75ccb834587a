//! Scenarios for a caller's own fuzz targets.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::decode;
use crate::scenario::Scenario;

/// All of the bytes that are left are taken, so a scenario comes last among a target's arguments.
impl<'a> Arbitrary<'a> for Scenario {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let len = u.len();
        u.bytes(len).map(decode)
    }

    fn arbitrary_take_rest(u: Unstructured<'a>) -> Result<Self> {
        Ok(decode(u.take_rest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::bytes::encode;
    use crate::scenario::generate::generate;
    use crate::scenario::lcg::Lcg;

    #[test]
    fn the_rest_of_the_bytes_is_the_byte_form() {
        let mut scenario = Scenario::default();
        generate(&mut scenario, &mut Lcg::new(7));
        let mut bytes = alloc::vec![0x2a];
        bytes.extend(encode(&scenario));
        let mut rest = Unstructured::new(&bytes);
        assert_eq!(rest.bytes(1), Ok(&[0x2a][..]));
        assert_eq!(Scenario::arbitrary(&mut rest), Ok(scenario.clone()));
        assert_eq!(Scenario::arbitrary_take_rest(Unstructured::new(&bytes[1..])), Ok(scenario));
    }
}
