"""Functions of one number that compile to straight lines without a call, so that loops over them use whole registers.

Each is right to about two units in the last place; exp overflows to infinity and vanishes to 0 as IEEE arithmetic does.
Each has a form for float64 and one for float32.
"""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, factorial

import numpy as np

from nnviz.engine.fast.kernels.jit import bits_of, double_of, f32, f64, i32, i64, is_single, of_type, single_of

Number = float
Function = Callable[[Number], Number]

# eʳ = 1 + r + r²/2 + … on |r| ≤ ½ ln 2: as many terms as a float64, or a float32, has digits for.
_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10, _E11, _E12, _E13 = (1.0 / factorial(n) for n in range(3, 14))

_ONE = f32(1.0)
_HALF = f32(0.5)
_LOG2E_S = f32(_LOG2E)
_LN2_HIGH_S, _LN2_LOW_S = f32(0.693359375), f32(-2.12194440e-4)
_E3_S, _E4_S, _E5_S, _E6_S, _E7_S = (f32(1.0 / factorial(n)) for n in range(3, 8))

# ln(1 + f) = 2 (s + s³/3 + s⁵/5 + …) with s = f/(2 + f): |s| < 0.172 leaves the tenth power of s² below the last digit.
_L1, _L2, _L3, _L4, _L5, _L6, _L7, _L8, _L9, _L10 = (2.0 / (2 * n + 1) for n in range(1, 11))
_SQRT_HALF = 0.7071067811865476


def exp(x: Number) -> Number:
    """eˣ."""
    return float(np.exp(x))


def expm1(x: Number) -> Number:
    """eˣ − 1, right near 0, for x up to 700 and down to −700 (beyond: as there)."""
    return float(np.expm1(x))


def log(x: Number) -> Number:
    """The natural logarithm; −∞ of 0, not a number below."""
    return float(np.log(x))


def log1p(x: Number) -> Number:
    """ln(1 + x), right near 0, for x from −1 to 1; a float64."""
    return float(np.log1p(x))


@of_type(exp)
def _exp_of(x: Number) -> Function:
    def double(x: Number) -> Number:
        y = min(max(x, -746.0), 710.0)
        k = i64(y * _LOG2E + (0.5 if y > 0.0 else -0.5))
        r = (y - k * _LN2_HIGH) - k * _LN2_LOW
        p = _tail(r)
        half = k >> 1  # in two steps, since 2¹⁰²⁴ has no bits of its own, nor has 2⁻¹⁰⁷⁴
        near = double_of((half + 1023) << 52)
        far = double_of((k - half + 1023) << 52)
        return ((p + 1.0) * near) * far if x == x else x

    def single(x: Number) -> Number:
        y = min(max(x, f32(-104.0)), f32(89.0))
        k = i32(y * _LOG2E_S + (_HALF if y > f32(0.0) else -_HALF))
        f = f32(k)
        r = (y - f * _LN2_HIGH_S) - f * _LN2_LOW_S
        p = _tail(r)
        half = i32(k >> i32(1))
        near = single_of((half + i32(127)) << i32(23))
        far = single_of((k - half + i32(127)) << i32(23))
        return ((p + _ONE) * near) * far if x == x else x

    return single if is_single(x) else double


def _tail(r: Number) -> Number:
    """eʳ − 1 for |r| ≤ ½ ln 2."""
    return float(np.expm1(r))


@of_type(_tail)
def _tail_of(r: Number) -> Function:
    def double(r: Number) -> Number:
        p = _E13 * r + _E12
        p = p * r + _E11
        p = p * r + _E10
        p = p * r + _E9
        p = p * r + _E8
        p = p * r + _E7
        p = p * r + _E6
        p = p * r + _E5
        p = p * r + _E4
        p = p * r + _E3
        p = p * r + 0.5
        return (p * r) * r + r

    def single(r: Number) -> Number:
        p = _E7_S * r + _E6_S
        p = p * r + _E5_S
        p = p * r + _E4_S
        p = p * r + _E3_S
        p = p * r + _HALF
        return (p * r) * r + r

    return single if is_single(r) else double


@of_type(expm1)
def _expm1_of(x: Number) -> Function:
    def double(x: Number) -> Number:
        y = min(max(x, -700.0), 700.0)
        k = i64(y * _LOG2E + (0.5 if y > 0.0 else -0.5))
        r = (y - k * _LN2_HIGH) - k * _LN2_LOW
        power = double_of((k + 1023) << 52)
        return _tail(r) * power + (power - 1.0) if x == x else x

    def single(x: Number) -> Number:
        y = min(max(x, f32(-87.0)), f32(87.0))
        k = i32(y * _LOG2E_S + (_HALF if y > f32(0.0) else -_HALF))
        f = f32(k)
        r = (y - f * _LN2_HIGH_S) - f * _LN2_LOW_S
        power = single_of((k + i32(127)) << i32(23))
        return _tail(r) * power + (power - _ONE) if x == x else x

    return single if is_single(x) else double


@of_type(log)
def _log_of(x: Number) -> Function:
    def double(x: Number) -> Number:
        tiny = x < 2.2250738585072014e-308
        y = x * 18014398509481984.0 if tiny else x
        bits = bits_of(y)
        k = (bits >> 52) - 1023
        m = double_of((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000)
        above = m > 2.0 * _SQRT_HALF
        m = 0.5 * m if above else m
        e = f64(k + (1 if above else 0) - (54 if tiny else 0))
        f = m - 1.0
        s = f / (2.0 + f)
        z = s * s
        p = z * (_L6 + z * (_L7 + z * (_L8 + z * (_L9 + z * _L10))))
        p = z * (_L1 + z * (_L2 + z * (_L3 + z * (_L4 + z * (_L5 + p)))))
        h = 0.5 * f * f
        found = e * _LN2_HIGH - ((h - (s * (h + p) + e * _LN2_LOW)) - f)
        found = found if x < np.inf else x
        return found if x > 0.0 else (-np.inf if x == 0.0 else np.nan)

    def single(x: Number) -> Number:
        return f32(log(f64(x)))

    return single if is_single(x) else double


@of_type(log1p)
def _log1p_of(x: Number) -> Function:
    def double(x: Number) -> Number:
        whole = 1.0 + f64(x)
        lost = f64(x) - (whole - 1.0)
        return log(whole) + (lost / whole if whole > 0.0 else 0.0)

    return double


def tanh(x: Number) -> Number:
    """tanh x."""
    return float(np.tanh(x))


def sigmoid(x: Number) -> Number:
    """1 / (1 + e⁻ˣ)."""
    return float(1.0 / (1.0 + np.exp(-x)))


@of_type(tanh)
def _tanh_of(x: Number) -> Function:
    def double(x: Number) -> Number:
        t = expm1(2.0 * min(abs(x), 22.0))
        found = copysign(t / (t + 2.0), x)
        return found if x == x else x

    def single(x: Number) -> Number:
        t = expm1(f32(2.0) * min(abs(x), f32(10.0)))
        found = copysign(t / (t + f32(2.0)), x)
        return found if x == x else x

    return single if is_single(x) else double


@of_type(sigmoid)
def _sigmoid_of(x: Number) -> Function:
    def double(x: Number) -> Number:
        return 1.0 / (1.0 + exp(-x))

    def single(x: Number) -> Number:
        return _ONE / (_ONE + exp(-x))

    return single if is_single(x) else double
