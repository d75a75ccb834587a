//! Weighted alternatives as a table of 256, so that a byte picks one.

/// The table in which each of `shares` stands as often as its weight says. The weights add up to 256.
pub(super) const fn table<T: Copy>(shares: &[(T, u16)]) -> [T; 256] {
    let mut table = [shares[0].0; 256];
    let (mut index, mut at) = (0, 0);
    while index < shares.len() {
        let mut share = 0;
        while share < shares[index].1 {
            table[at] = shares[index].0;
            (at, share) = (at + 1, share + 1);
        }
        index += 1;
    }
    assert!(at == 256, "the weights do not add up to 256");
    table
}
