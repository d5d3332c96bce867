//! Control messages: which address was asked, and so which address answers.

use std::mem::{self, MaybeUninit};
use std::net::Ipv6Addr;

/// Room for one control message of either family, aligned for its head.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Control([u8; 64]);

impl Control {
    pub(super) const EMPTY: Self = Self([0; 64]);

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn as_mut_ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr()
    }
}

/// Turns the control message that came with a query into the one that goes with its answer: it leaves from
/// the address that was asked. Returns it with its length; 0 where the socket does not report addresses.
///
/// # Safety
/// `msg_control` of the header points to live memory that the kernel filled up to `msg_controllen`.
pub(super) unsafe fn reply_control(header: &libc::msghdr) -> (Control, usize) {
    let mut reply = Control::EMPTY;
    let mut written = 0;
    // SAFETY: the caller vouches for the control buffer, and the CMSG macros stay inside it.
    let mut message = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !message.is_null() {
        // SAFETY: not null, so a whole cmsghdr lies there, within the control buffer.
        let head = unsafe { message.read_unaligned() };
        match (head.cmsg_level, head.cmsg_type) {
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                // SAFETY: a message of this level and type holds one in_pktinfo; it is read unaligned.
                let asked: libc::in_pktinfo =
                    unsafe { libc::CMSG_DATA(message).cast::<libc::in_pktinfo>().read_unaligned() };
                // Interface 0: routing decides, as for any other packet from that address.
                let from = libc::in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: asked.ipi_spec_dst,
                    ipi_addr: asked.ipi_addr,
                };
                written = write_control(&mut reply, libc::IPPROTO_IP, libc::IP_PKTINFO, from);
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                // SAFETY: a message of this level and type holds one in6_pktinfo; it is read unaligned.
                let asked: libc::in6_pktinfo =
                    unsafe { libc::CMSG_DATA(message).cast::<libc::in6_pktinfo>().read_unaligned() };
                let link_local = Ipv6Addr::from(asked.ipi6_addr.s6_addr).is_unicast_link_local();
                let interface = if link_local { asked.ipi6_ifindex } else { 0 };
                let from = libc::in6_pktinfo { ipi6_addr: asked.ipi6_addr, ipi6_ifindex: interface };
                written = write_control(&mut reply, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, from);
            }
            _ => {}
        }
        // SAFETY: `message` came from this header's control buffer, which is unchanged.
        message = unsafe { libc::CMSG_NXTHDR(header, message) };
    }
    (reply, written)
}

/// Writes one control message with `data` at the start of `control`; returns the space it takes.
fn write_control<T>(control: &mut Control, level: i32, kind: i32, data: T) -> usize {
    // SAFETY: pure arithmetic on lengths.
    let (length, space) = unsafe {
        let size = mem::size_of::<T>() as libc::c_uint;
        (libc::CMSG_LEN(size) as usize, libc::CMSG_SPACE(size) as usize)
    };
    assert!(space <= control.len(), "either packet info fits the control buffer");
    let mut head = MaybeUninit::<libc::cmsghdr>::zeroed();
    // SAFETY: cmsghdr is plain integers, for which all zeroes is a value.
    let head = unsafe { head.assume_init_mut() };
    head.cmsg_len = length as _;
    head.cmsg_level = level;
    head.cmsg_type = kind;
    let start: *mut libc::cmsghdr = control.as_mut_ptr().cast();
    // SAFETY: `space` octets are there (checked above) and aligned for cmsghdr (`Control` is aligned to 8);
    // CMSG_DATA points behind the head with room for `T`, which is written unaligned.
    unsafe {
        start.write(*head);
        libc::CMSG_DATA(start).cast::<T>().write_unaligned(data);
    }
    space
}
