//! The `Sec-WebSocket-Accept` that answers a nonce (RFC 6455 section 4.2.2), for all nonces that there are. Taken from
//! the wire, where the peer of a scenario has it from too, a wrong one would be noticed by nobody.

/// The answers in the order of the numbers of their nonces, as Python's `hashlib` and `base64` give them for the sample
/// nonce of section 1.3 with the number in its last byte.
static ANSWERS: &[[u8; 28]] = b"\
    s3pPLMBiTxaQ9kYGzzhZRbK+xOo=QB6jotvPA1RvkpPvLSsqQ6v1esc=Ff+ZZXZ5RsVyf0PenuNwfN6MORg=WAv0fxTlufFCTrDv325UpZUIfu4=\
    TKCvbB2Mpr3w2gQ5HTfEU/r7p+U=F7KPJ9iqThl+Gz14k/7acUpGuZ8=ZUghsr4M6I8KMC3UDGCo2av2tTM=d9SpqbKOUXHKj6rdIjGygPaLWZ8=\
    ugz2Yy2leejRBdh2DMAQqiCJ59Q=ddCb8NNvLSBR/zmO/KkXSKr5toI=NOf4e1xw8cPqJjS+c/VBDlFQ+tk=7ZRfbUmz3jyrmIBahf4tpBsrK6s=\
    iPlI7TJa0K6DyMA2bLZwd7uEcP4=3aMpQk4tPD+s8hAGMRKJ9svFkyc=+jw5WIQyb80L3+Lx5s8CTLEetfk=b1LaX/eO9GogObfrdJTqr7/s5kk=\
    4MiTYINoSqtWP1uSgJuSlZsE0x8=1cOB1LxPXYIhepze9lyyLTugYfU=wNQMKZo+0w0INmZgHdKur+UEHGk=P1Lpvf6n5C8XwMNBxdZFDdlxbxY=\
    qBUeBD55+b9KgjwIBZ670VbsAao=VBRJI3mrIRBOuYeOo4IfhCL7jbo=3sY1NHitu1Illro+eRB3H2sFF2o=GdBRr5QstjeNPtuTsVvNKcXMZH0=\
    qXJ4lZu54DUTPhRAbPIHJWUbA1U=7MrbNy28Ncyb+ZrdJCmUUqtAnsE=R/rs7MBvnhCQP3JSoZjjiBbzCuU=+0mnUYJ0ooYDL94Kb7pdRIXQ0Dw=\
    ipB4HouXW+qK0ljiF2j4w8DNjDE=Jv02pshoUZ27DMWkiqPuN6+EF/Y=jO7FK60gOm0DSbq6hugKrK45GmU=GWpN5OhKhmpKs2ea28cl+8YqOw4=\
    YrsZRnc8m/BrkPBI/SkL3kyjHF4=wzpnxRcMmnHIEh4GJaoRq0Tr4uw=HdJQNayZhKjvxlzZ+RVdJ+m+/2k=hu3/eXl59cxxPghEvT9n1Jtr8xQ=\
    6q1yLfJ+wPU656Q5iW9zE7Dmzmo=Mq4LA55gArOmUw7vXvjreBDW8Mo=YMJz3xqMUS5q/m+/2znoD5c6L68=RdX/ZLn6RswL6+1or5H87V8+w2U=\
    dFImWf2Mgf1EwaIGLSvmO8tBSV8=DVPNU861FFCywxN1XXuujg75aUs=2R8kdvztfB2n6UixbW3oVm6OV2o=z2Dr/3i3718gGEHBzClDDgZVG+g=\
    451yry/JPRT3f9L3vowy6WK78Pc=tYEgaFf5opZTEHx9IIMCSTP5NN8=CauW8alWmwCOM0Ie63BNWWv4ol8=b98nvEtD5LaKyvGMbbzvIqV7bCM=\
    2/6c5JGWqkSkUfaNZvD4DYdClYA=g8QY9NhdivwBK+jxB7AY41JNkPE=Iztn4sVRMSD/DE5YrqHz7HNPFO8=qnKpxD3ZvLpk2GatXaqQwEAXquk=\
    56ixxd6jS2EQPHi2JaQeuVw8XHA=2mq8Ii0WVo5iGDhHqJPGuOmPpVY=8Dn226HCneob0WmZ2iv4Q3Klafo=r72mLXFK7Kf7Z3GFGwg+zEdyOWA=\
    J/DUZLY6uk2wtzNLFpLTwE1Htuc=S3E5W/XqQjJ9e33GBJ93j644zu4=ejn/T3jsUz+68H8HIlZlEiKWydE=RfYvMKUzz9ZpjGiueMxoqouhxHI=\
    HO62WVFOQR8jyp5m2vTFNErv4Eg=riFMXQitZXnbC9AoJXPvc80Dt5A=oSUyP+QJuGmeoowJHUB5osFLWG0=IUZ38ZEmWCWAxV6vCcJhdPWSl5M=\
    f3V7Z0u7rVy+fpaSgrvodiYigMU=+x4AVayDCGK+x2Skfv2OQfLakoo=Ubo5g/S/8KGvqZ+hXYJcDqiOGz8=aPFi2C+iQWVLH2YsUtJmRx75sdk=\
    kMgOPa1YAjlm9m0XUQBRtB4rXZ8=JSSHrsUo/3OOasRByEWspfuwS5o=iLZ5bIrHG/EXs0heAukt9NOwZsA=6O9kgbNKXZAyMTWuKRxtzGXHGxE=\
    hD+mq9vl251wAZAWK5rlekav8JQ=Wx5+gJqcsti0biDHpXlyifcLGHo=2yGFa8i55ZIk0tt2wq6rFL/Xx/o=pFFlTUr4zLL+lGa8efMfrzQPPoY=\
    xjOZdigBT4k1w0ry9rge21iUaw0=9tCJm5oq2rGbzWQU9o4SPjS5tTk=05J2LwIxHZDYwvmCgMolmb3NExg=nwzQAbLzcwR23SBjEB+xZ9Hggkg=\
    iJqiaPEQc+00saQIS0ywUOnIV0Y=IPijSb/yMMsyzj4ciGwqIQQiBuU=eKMlwlbk21UlcGuITcxHz14PkrE=gH9s/7BmQ+m9830EaUAwtfFyg1Y=\
    FJJDdUd4A9er8tLi36edhrkV9/k=jAvZJsSflKn9kegVOxp4OtlbOeQ=srlFmQsFScsivzsUXwey1ZSuSvE=9bhq1QGwwGE4LtNbIgnwDS/Jcgk=\
    /bzGmUgHH/Vddl9w46zoI7R2KPU=64lHJYlBlPwPfjQx77ahcu9yaic=+JY0UlZ4AMDBwUZmsWnws8LSuKs=7E8NsnVuBLucN79LXLm4ZOOC5I4=\
    92zGlLYOk5rT6IoWeEniV4KgN3E=q72Wj1UvXxznoSFA6IeKTbSYACk=rkSym1rn4a+HO4GawlEs4VZTE4U=SvaCZKJemCSDt+87bbyGy21Cgsg=\
    m7nPqRJbPxYZl8hZ47yUhZ3NS2A=Pa374uf53f1exdViScECrC6iyTI=R81lxQHQX5BXdsZTeacaRMADtLk=LilCask9BvSP/IvEd3Mp/Prapf8=\
    yVqpsreqKGKF6Ho1/PkkcxyjdrY=UfQjTkl7t6kH7WrLsDfR+mcpDB8=DBAvsox6ivQla8V1P6odyeI4IYM=/F/O8e2MS5S68GvrAxPijXK7KwM=\
    FxHX4UbcZglm1sOSzXsfPiJwMNQ=ONDRAN4X6DYsFUM804qQKfUsR/E=pt+7GDs6x751ZkSBW2w0UrlqKfY=JVM2kYZhuG8mrDHgqyZ40ZhUqtg=\
    T14hLuvb8yLtCjqto26vV5E+4ok=zC9iXA6ZmwcChMbECKtddmGlvn0=VIbIBRKC9QoX9acrbQwzRgKL090=ZZXNlxQb5GQuH4PZoZwn7jOZBrk=\
    fEducPHUCzPQm9mCQJxp/VMs5yI=meNI+dDbRLt/9a3Q9EUyU+kX/Qc=xKtTx4eMRfEyu0W6QslqXF9KwCk=ZGQl9K29jNl101EfTDoAdsACex8=\
    VFiS8zOsmIcQyVwXbhmd7vq1oc0=AocjtBs6ESlkqwptiDAzNTKJdUo=msTDgBz3Gr5RTRIb4gXdugIpNJA=IT11vry0/f5NPzcfBdXV2Xazmh0=\
    q8bma4ydvaURLUrMhlrK4UKFNgo=T4PPhA3KeOYIMYabCuOgZvX1eCo=ZuER2UnJYHJKjpo6g7CXraJxN44=3goNU2iI6uN34uUnbpmNylmtaTU=\
    wJOEkEa9xuCEQn53Ovfk0h3TZzc=62QkaFauNJvm0pPle51a3rXafFI=YQI7MFztvVyfMHD4p5+CHyoJkuU=hnokAkAfBOZUm8DSaZKppu6t2GY=\
    zwvUTBV/MzUvU9SvSrQHxQi+FVE=eFKobDBpo2cVkjksd/w5qmNuYVY=odobH5GrrEDMM6CjPjcYvoUnX1M=x/GcjLzFMeKiwDcwQWy7DNkOwJI=\
    2ytP2guwrScuxI18DUXA6CHTuSw=SSRwITn5o1nqZgsYUA0uIIiZso0=mepeM6PIl3uc2fjPdlZV0j3yRds=1ky0MncBw0LUlogI9fNormr4NG0=\
    CGLe4qWm6DQSTGBWZsnPNKcmpYQ=SsMSZhPtBtTZx0Pq1brkEW9MwTA=ioHGREvJUELfRt7UZAKyNq+E/94=R2ef6f0X2LOV71lVrAWyJHxN8K8=\
    wF0U6YPtYwIgZfLS+PxTv97cAIo=hCRqnljxyMM9B/eQBGYo5ynojyE=gD8oMOQ4ctJs+//xM2jXtRp8I0s=7XP5hbVfbgIkUqY00LEFbo5SKik=\
    K9H1FODYego1Q/3Ft99rPD34SQU=fdLGy0weWzG+mK+yajrcQ34v1No=uM/jXwpN+OQAlJ6APN50Kb1R9HU=vIibIi8c+FKxyQEGLQLGMKTRhhs=\
    ShRguhoEJUulBK4mbK7GkJaqZ54=4dNaMFp3dK/y7VKHYxdXXqFppWA=GlDFYWdGBOopkRt20q414Pc/nBs=5LXXUZVi3Sg2AFzZ6Qd4zrV/I+g=\
    fHDO0mT98LPuXN+tKzjHJ/4wFo0=GnWvUNLn0WD9NYojCZ8jEPlCY0c=eljLywRBFycgr0Cm+/Ng+bUeeX0=q6fx10df6JH72VMYdejsKusR5Mg=\
    PklClVhLOPGtBg2eChcKFQOC/JA=PgJ8e2OAu4+ZQ2UiM8sXsAwDq94=XOXvVsvxiR5U6nAkuluQrUZJFkM=Oi0lVHAq2dcze/B7eit8E+832ms=\
    fCo+pPVBYUAbWzri5gHMKaiiiR8=5+p+mTk9qba8437RroqH1w+Z+Bc=CdjMIzUUrGc90lpGXHgxa1h4+0U=SDIET3Hge8+2U/hL54YizVedEPw=\
    8rR5CePIZqxtHqVMW6SNAlMPHE0=lVCKl0c5wiiA68HDsz3EpjQeu8s=f/7FPdPURoKNOxTTxXV9JPLbbRc=UKP0lheRLA92ULjnOkx1f+oYWpA=\
    RvxtAp12KcaRL0iU8fI/eKgMnzE=plMz3pkvhkLuNFPf46SuAzp4sw4=0EFiUbFi6dLusf0+xVZ64YP+JTk=qirOuJx49Wmo2HNFBiimGq7cqw0=\
    K7lOLF+Ksy1+CxwrXBs53HMXl40=88n4SFuatuoemXU5+sLPiKxZVEo=bmpQ/emv84x07/GnsEXfIx548Y0=d8K3mn6ZJu/9R+8G1+IF2IIHbt4=\
    WJbYf5RtrHU39pubgjr2fKUOzaY=wiRIrHOmsj3YBMmS7DH3ZKU92IQ=LAcLR/i320MZuxOacBxbVbdtxU4=k6iexwjiKaK++XA+SA0MZ54LRb8=\
    CoELVTkKQsBwuUk8UiFU14t+OWQ=qpKC9Lcc4HfcV5HuWMDsv4+LR7s=qysEzJZAXkBTsNB8S2jcXaImkhY=tWg6i2a9N8gwCtrdnplqMKI2ARw=\
    0c9kgZ4eBo0bsx3QuUAowYDgPlw=Uxty1Egez1ZINICBRhwpkASKe9g=LYGWnS+R+fGSMVovpA5KTCXbwEk=iszUbTe4DvTh/B+TWE3cE1XitwU=\
    zMQmT8doMdvNtTYcZMcLloOlxZE=wlvv2OEjczUNi/eIm5mbvBmoHD4=fjsYLVqzO+7tx05zgv7EGwUbhoc=XdKHwPxUtwl5Gc5LZrPXXuKvy7c=\
    KnxcqZpvGbB4B30tu7c6lZCP7Qo=KdQxpvcSg2uPI1kLUVennDAJSiA=86T9T8qLTvR78nR2cCrqYBB5X3w=Wtg0e8PAlCJtH7GHaJIQ5d1N30w=\
    D7bw4zETQy9sRz9dEHKhEIahcfM=nuLnSmUD7bruED/qXgSkQSiSV5w=XcvZ1XlT/ScFpoRve01hmhIdHEo=IRJu4fFHrS7hks7m66tIRV5wKh8=\
    rSVW6wM+Ocxq4xSJRBG+sDivjTo=cAGm6WuAVc49MjaPARPIXQy80i4=OMv0XJdPl6ZBTRQv2rdZXwXRK5U=VSLjsNwJkYyw2rtws17A7H/GUpo=\
    1VkqZRevG7zqGVuBTwIToqD9xM8=EvBYVxVCTKNqfIOXwGGsWM0MP04=deJEADu+rmk+868CDiH1F3EFA18=kEChrwDOh3248zHGz6kOcMr0BUc=\
    5P/1uBQlUO7PHWaa9bDX0JxN5n0=gM/RC19G0ZO8kymNC1ulE6YWJps=IvCVmQZlbRaEvGuvHKop7vHFx10=Z5Y0m7fDM7/NqBDQjD5YSl1HN+Q=\
    wEJssM9KGtNal4ARPqVJPp+NIJ0=7nofIQ7FrE7+1tP6XXZrww4aNAY=oGO81IktRS2FI7vC8oi9iV2K6zk=io+SMUXl1+Iurw74XTZF5pqh7kE=\
    aGAzQ7MoVM7a5nSH4pzhQNxFqSU=54/LCyPm5Gx6zHLA/eLQ3yDW8nM=uu34WvA4DIVbGbvWkGji/gK7rq4=lfpaLP1Co3zNI3o2pvdhkI0rKC0=\
    EC0BTJ10MnVH3JfyJhT6zv087v0=ZQyVqi4zTmmHgs/NuYmEOl/it4g=pLkeGhs96g6buCDrVIOTRcudeOo=ufnTDz0PfTUCqhlQ9zeGIXya5dQ=\
    TzHvMHUMU2SO6PWdgiwpRW38YnE=rqheNJOaI1CAdXDWTVRyvokNvTQ=fiBXOPEDuBVF2eNFSIgVMHaLC9o=mWvO12TViwzpUaun6Xeb5RlP0DM=\
    iVwpP/rW5/sdUO+GYk514f8QwVc=BIuNd60Orzopf8DYGL+gNvETGz0=lDllHZa1nw1j5YV8rFMqakhIppo=AQEO9VBKhMtRiyiNrBw5CYmnNiQ=\
    sM8QhvOwLe1oUws3AjElLdMVjJQ=PqcsB0YYPD5ZdwKKN8fEFUVA8+8=+GWwFnw5U/wx2PnTtjgtEk7FKn8=XbmrqfT7kyPaNQrK/uqkc6rF1b8=\
    zy+cl08IXOh2I/uMw9n4nPAXl9Q=cNxNPF4fHS7m5g5wrlbzXVXbhho=2vjvkFo2KEfQQemFPCH3H/Y40rs=QNJLroLd2B+BipnNkkoc2sU7u2I=\
    g1KPDlKURbRPVP5ri4hVOTv3M48=PMWLEF0/wVeLbEO7MUdGZyr+tKk=1TOIYgmrlRvxLOglLSoWQnNV72g=HTgvhnQXPawcva3lvatiQcC/fpo=\
    wrW9lho+OaLInGwIyBa/8f1tby4=IsU8MmwwINFTv/ONxCopF8wubRs=fR5R2RK1uokhKERms261BJkq85s=Bb9coTN+D/wgW5yAYR2k2D8mgUE=\
    cpBzA4DynvB84VJRxJGK4qo9f+A=eyz5TWInKL8pnT6BwsOoZmZsSPo=Unv8BOZUmQGqkEAXW68rMZ6z2iw=R1JcsmQKG/ILB6u5waTrKSzBsoU=\
    7yVdrgx8X71/Ke+qKBeb6uHv9Vs=lJy98+fqod/d/sJ6KkTBRkX1q6w=GU1Vh2QG3h2Uue+nKG4XFrDnJPo=dYc2T4WWgFt1Et9U31uaNjqdAZc="
    .as_chunks()
    .0;

/// The value that answers the nonce with this number.
#[inline]
pub(super) fn accept(nonce: u8) -> &'static [u8; 28] {
    &ANSWERS[usize::from(nonce)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::handshake;

    #[test]
    fn the_sample_of_the_rfc_and_all_others_agree() {
        assert_eq!(ANSWERS.len(), 256);
        assert_eq!(accept(0), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        for nonce in 0..=u8::MAX {
            assert_eq!(accept(nonce), handshake::accept(nonce), "{nonce}");
        }
    }
}
