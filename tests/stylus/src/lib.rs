//! A counter as the SDK's examples have it, and a function that calls every hook there is: those that the SDK declares
//! through it, the others (they are younger, or for compilers) by their import.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
extern crate alloc;

use alloc::vec::Vec;
use stylus_sdk::{abi::Bytes, alloy_primitives::{Address, U256}, hostio, prelude::*};

#[link(wasm_import_module = "vm_hooks")]
extern "C" {
    fn transient_load_bytes32(key: *const u8, dest: *mut u8);
    fn transient_store_bytes32(key: *const u8, value: *const u8);
    fn math_div(value: *mut u8, divisor: *const u8);
    fn math_mod(value: *mut u8, modulus: *const u8);
    fn math_pow(value: *mut u8, exponent: *const u8);
    fn math_add_mod(value: *mut u8, addend: *const u8, modulus: *const u8);
    fn math_mul_mod(value: *mut u8, multiplier: *const u8, modulus: *const u8);
    fn exit_early(status: u32) -> !;
}

sol_storage! {
    #[entrypoint]
    pub struct Hooks { uint256 number; }
}

/// Init code of a contract of one byte, STOP.
const INIT: [u8; 10] = [0x60, 0x01, 0x60, 0x00, 0x53, 0x60, 0x01, 0x60, 0x1f, 0xf3];

fn word(n: u64) -> [u8; 32] {
    let mut w = [0u8; 32];
    w[24..].copy_from_slice(&n.to_be_bytes());
    w
}

#[public]
impl Hooks {
    pub fn number(&self) -> U256 { self.number.get() }
    pub fn set_number(&mut self, n: U256) { self.number.set(n); }
    pub fn increment(&mut self) { let n = self.number.get(); self.set_number(n + U256::from(1)); }

    /// Writes the result by itself and leaves from the depth of the call.
    pub fn leave_early(&self) {
        let w = word(77);
        unsafe { hostio::write_result(w.as_ptr(), 32); exit_early(0) }
    }

    /// A word for each answer, in the order of the calls. `echo` answers with its input.
    #[payable]
    pub fn every(&mut self, echo: Address) -> Bytes {
        let mut out: Vec<u8> = Vec::new();
        let mut b = [0u8; 32];
        let mut a = [0u8; 20];
        let mut len = 0usize;
        let key = word(99);
        macro_rules! number { ($e:expr) => { out.extend_from_slice(&word($e as u64)) }; }
        macro_rules! bytes { () => { out.extend_from_slice(&b) }; }
        macro_rules! address { () => { out.extend_from_slice(&[0u8; 12]); out.extend_from_slice(&a) }; }
        unsafe {
            number!(hostio::chainid());
            number!(hostio::block_number());
            number!(hostio::block_timestamp());
            number!(hostio::block_gas_limit());
            hostio::block_basefee(b.as_mut_ptr()); bytes!();
            hostio::block_coinbase(a.as_mut_ptr()); address!();
            hostio::contract_address(a.as_mut_ptr()); address!();
            hostio::msg_sender(a.as_mut_ptr()); address!();
            hostio::tx_origin(a.as_mut_ptr()); address!();
            hostio::msg_value(b.as_mut_ptr()); bytes!();
            hostio::tx_gas_price(b.as_mut_ptr()); bytes!();
            number!(hostio::tx_ink_price());
            number!(hostio::msg_reentrant());
            // gas falls from call to call; ink is gas in ten-thousandths
            let first = hostio::evm_gas_left();
            let ink = hostio::evm_ink_left();
            let second = hostio::evm_gas_left();
            number!(second < first && ink / 10_000 <= first && ink / 10_000 + 1 >= second);
            hostio::pay_for_memory_grow(0);
            hostio::account_balance(a.as_ptr(), b.as_mut_ptr()); number!(b != [0u8; 32]);
            number!(hostio::account_code_size(echo.as_ptr()));
            hostio::account_codehash(echo.as_ptr(), b.as_mut_ptr()); bytes!();
            b = [0u8; 32];
            number!(hostio::account_code(echo.as_ptr(), 0, 32, b.as_mut_ptr())); bytes!();
            hostio::native_keccak256(key.as_ptr(), 32, b.as_mut_ptr()); bytes!();
            hostio::storage_cache_bytes32(key.as_ptr(), word(5).as_ptr());
            hostio::storage_flush_cache(false);
            hostio::storage_load_bytes32(key.as_ptr(), b.as_mut_ptr()); bytes!();
            transient_store_bytes32(key.as_ptr(), word(6).as_ptr());
            transient_load_bytes32(key.as_ptr(), b.as_mut_ptr()); bytes!();
            b = word(100); math_div(b.as_mut_ptr(), word(7).as_ptr()); bytes!();
            b = word(100); math_mod(b.as_mut_ptr(), word(7).as_ptr()); bytes!();
            b = word(3); math_pow(b.as_mut_ptr(), word(40).as_ptr()); bytes!();
            b = word(100); math_add_mod(b.as_mut_ptr(), word(50).as_ptr(), word(7).as_ptr()); bytes!();
            b = word(100); math_mul_mod(b.as_mut_ptr(), word(50).as_ptr(), word(7).as_ptr()); bytes!();
            let input = word(0xec40);
            number!(hostio::call_contract(echo.as_ptr(), input.as_ptr(), 32, word(0).as_ptr(), u64::MAX, &mut len));
            number!(len); number!(hostio::return_data_size());
            number!(hostio::read_return_data(b.as_mut_ptr(), 0, 32)); bytes!();
            number!(hostio::static_call_contract(echo.as_ptr(), input.as_ptr(), 31, u64::MAX, &mut len)); number!(len);
            number!(hostio::delegate_call_contract(echo.as_ptr(), input.as_ptr(), 30, u64::MAX, &mut len)); number!(len);
            hostio::create1(INIT.as_ptr(), INIT.len(), word(0).as_ptr(), a.as_mut_ptr(), &mut len); address!();
            hostio::create2(INIT.as_ptr(), INIT.len(), word(0).as_ptr(), key.as_ptr(), a.as_mut_ptr(), &mut len); address!();
            number!(hostio::account_code_size(a.as_ptr()));
            let mut log = Vec::from(word(1)); log.extend_from_slice(&word(2)); log.extend_from_slice(b"said");
            hostio::emit_log(log.as_ptr(), log.len(), 2);
        }
        Bytes(out.into())
    }
}
