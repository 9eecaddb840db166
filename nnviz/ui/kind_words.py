"""What the window says about each kind of node: its name, icon, group, what it does and what it may be told.

The table of kinds itself is :data:`nnviz.lowering.kinds.KINDS`; a kind without words of its own here is still shown,
under the group of its family.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nnviz.graph.values import Option
from nnviz.lowering.kinds import KINDS, Kind, OptionSpec
from nnviz.numbers import exact_text
from nnviz.words import tr


class KindWords(NamedTuple):
    """How a kind is shown: ``formula`` is what it computes, ``also`` are other words it is looked for by."""

    name: str
    icon: str
    group: str
    does: str
    formula: str = ""
    also: str = ""


BASICS, LOSSES, ACTIVATIONS = tr("Inputs and neurons"), tr("Losses"), tr("Activations")
ARITHMETIC, FUNCTIONS, OPERATIONS = tr("Arithmetic"), tr("Functions"), tr("Units of a layer")
IMAGES = tr("Matrices and images")
GROUPS = (BASICS, LOSSES, ACTIVATIONS, OPERATIONS, IMAGES, ARITHMETIC, FUNCTIONS)


def _function(name: str, does: str, formula: str, also: str = "") -> KindWords:
    return KindWords(name, "expression", FUNCTIONS, does, formula, also)


def _reduction(name: str, does: str, formula: str, also: str) -> KindWords:
    return KindWords(name, "expression", OPERATIONS, does, formula, f"{also} reduce")


def _image(name: str, does: str, formula: str, also: str) -> KindWords:
    return KindWords(name, "expression", IMAGES, does, formula, f"tensor {also}")


def _activation(name: str, does: str, formula: str, also: str = "") -> KindWords:
    return KindWords(name, "activation", ACTIVATIONS, does, formula, also)


def _loss_words(name: str, does: str, formula: str, also: str = "") -> KindWords:
    return KindWords(name, "loss", LOSSES, does, formula, f"target {also}".rstrip())


_WORDS: Mapping[str, KindWords] = {
    "input": KindWords(
        tr("Input"), "input", BASICS, tr("Takes numbers from columns of the data, one for each unit"), also="x data"
    ),
    "perceptron": KindWords(
        tr("Perceptron"),
        "perceptron",
        BASICS,
        tr("One neuron: weighs what comes in, adds a bias, applies an activation"),
        "z = Σ w·x + b,  a = g(z)",
        "neuron unit",
    ),
    "dense": KindWords(
        tr("Dense layer"),
        "dense",
        BASICS,
        tr("Many neurons at once, each with a weight for everything that comes in"),
        "z = x·W + b,  a = g(z)",
        "linear fully connected neurons",
    ),
    "constant": KindWords(
        tr("Constant"), "expression", ARITHMETIC, tr("A number that stays as it is"), "a = c", "number fixed value"
    ),
    "parameter": KindWords(
        tr("Parameter"),
        "expression",
        ARITHMETIC,
        tr("A number of the network's own that training changes, or that is held"),
        "a = w",
        "weight variable trained number",
    ),
    "expression": KindWords(
        tr("Expression"),
        "expression",
        OPERATIONS,
        tr("A formula of what comes in, by name; it can be opened into its operations"),
        "x·y + sin(z)",
        "formula function equation calculate text",
    ),
    "add": KindWords(tr("Add"), "add", ARITHMETIC, tr("Adds what comes in, unit by unit"), "a + b", "plus skip"),
    "subtract": KindWords(
        tr("Subtract"),
        "expression",
        ARITHMETIC,
        tr("What comes in first, less what comes in second"),
        "a − b",
        "minus difference",
    ),
    "multiply": KindWords(
        tr("Multiply"), "multiply", ARITHMETIC, tr("Multiplies what comes in, unit by unit"), "a · b", "product gate"
    ),
    "divide": KindWords(
        tr("Divide"),
        "expression",
        ARITHMETIC,
        tr("What comes in first, divided by what comes in second"),
        "a / b",
        "quotient fraction ratio",
    ),
    "power": KindWords(
        tr("Power"),
        "expression",
        ARITHMETIC,
        tr("To the power of its exponent, or of what comes in second"),
        "aᵖ",
        "exponent cube",
    ),
    "negate": KindWords(tr("Negate"), "expression", ARITHMETIC, tr("Turns the sign"), "−a", "minus opposite"),
    "exp": _function(tr("Exponential"), tr("e to the power of what comes in"), "eᵃ", "exp e"),
    "log": _function(tr("Logarithm"), tr("The natural logarithm; of positive numbers"), "ln a", "log ln"),
    "sqrt": _function(tr("Square root"), tr("Of numbers that are not negative"), "√a", "sqrt"),
    "abs": _function(tr("Absolute value"), tr("Without its sign"), "|a|", "abs modulus magnitude"),
    "square": _function(tr("Square"), tr("Times itself"), "a²", "power 2"),
    "maximum": _function(tr("Maximum"), tr("The largest of what comes in, unit by unit"), "max(a, b)", "max larger"),
    "minimum": _function(tr("Minimum"), tr("The smallest of what comes in, unit by unit"), "min(a, b)", "min smaller"),
    "sin": _function(tr("Sine"), tr("Of an angle in radians"), "sin a", "sin wave"),
    "cos": _function(tr("Cosine"), tr("Of an angle in radians"), "cos a", "cos wave"),
    "sum": _reduction(tr("Sum of units"), tr("Adds the units up to one"), "Σ aᵢ", "total"),
    "mean": _reduction(tr("Mean of units"), tr("The mean of the units, as one"), "Σ aᵢ / k", "average"),
    "concatenate": KindWords(
        tr("Concatenate"),
        "concatenate",
        OPERATIONS,
        tr("Puts what comes in side by side, in the order of its edges"),
        "(a, b)",
        "join stack",
    ),
    "select": KindWords(
        tr("Select"),
        "expression",
        OPERATIONS,
        tr("Takes one unit, or a range of them"),
        "(aᵢ, …)",
        "slice part index unit range",
    ),
    "dropout": KindWords(
        tr("Dropout"),
        "dropout",
        OPERATIONS,
        tr("While training, sets each unit to 0 with chance p and scales up the others; else lets all pass"),
        "a = x · mask,  mask = 0 or 1 / (1 − p)",
        "regularise",
    ),
    "batch_norm": KindWords(
        tr("Batch normalisation"),
        "expression",
        OPERATIONS,
        tr(
            "Brings each feature to mean 0 and variance 1 over the rows of a batch, then scales it by γ and moves it by"
            " β; in evaluation by running statistics"
        ),
        "a = γ · (x − μ) / √(σ² + ε) + β",
        "bn standardise normalise running mean variance",
    ),
    "layer_norm": KindWords(
        tr("Layer normalisation"),
        "expression",
        OPERATIONS,
        tr("Brings the units of each example to mean 0 and variance 1, then scales them by γ and moves them by β"),
        "a = γ · (x − μ) / √(σ² + ε) + β",
        "ln standardise normalise mean variance",
    ),
    "reshape": _image(
        tr("Reshape"),
        tr("The same numbers in another shape: units as an image or a matrix"),
        "64 → 1×8×8",
        "view channels height width",
    ),
    "flatten": _image(
        tr("Flatten"), tr("All numbers in a line, so that a layer can take them"), "4×3×3 → 36", "vector line reshape"
    ),
    "matmul": _image(
        tr("Matrix product"),
        tr("The matrix that comes in first times the second, example by example"),
        "A·B",
        "matmul dot multiply linear",
    ),
    "conv2d": _image(
        tr("Convolution"),
        tr("Slides kernels over an image; each gives a channel, adds a bias, applies an activation"),
        "z = conv(x, W) + b,  a = g(z)",
        "conv2d cnn kernel filter image",
    ),
    "max_pool": _image(
        tr("Max pooling"),
        tr("The largest number of every window of an image"),
        "max over k×k",
        "maximum downsample cnn",
    ),
    "avg_pool": _image(
        tr("Average pooling"), tr("The mean of every window of an image"), "Σ over k×k / k²", "mean avg downsample cnn"
    ),
    "identity": KindWords(
        tr("Identity"), "activation", ACTIVATIONS, tr("Lets everything pass as it is"), "g(z) = z", "linear none"
    ),
    "sigmoid": KindWords(
        tr("Sigmoid"), "activation", ACTIVATIONS, tr("Squeezes into 0 … 1"), "g(z) = 1 / (1 + e⁻ᶻ)", "logistic"
    ),
    "tanh": KindWords(tr("Tanh"), "activation", ACTIVATIONS, tr("Squeezes into −1 … 1"), "g(z) = tanh z"),
    "relu": KindWords(
        tr("ReLU"), "activation", ACTIVATIONS, tr("Lets positive numbers pass, cuts others to 0"), "g(z) = max(0, z)"
    ),
    "softmax": KindWords(
        tr("Softmax"),
        "activation",
        ACTIVATIONS,
        tr("Turns the units into chances that add up to 1"),
        "gᵢ(z) = eᶻⁱ / Σⱼ eᶻʲ",
        "probability classes",
    ),
    "leaky_relu": _activation(
        tr("Leaky ReLU"),
        tr("Lets positive numbers pass, and a little of the others"),
        "g(z) = z if z > 0, else α z",
        "lrelu",
    ),
    "elu": _activation(
        tr("ELU"), tr("Lets positive numbers pass, bends others towards −α"), "g(z) = z if z > 0, else α (eᶻ − 1)"
    ),
    "gelu": _activation(
        tr("GELU"), tr("z times the share of a normal distribution below it"), "g(z) = z Φ(z)", "gaussian transformer"
    ),
    "silu": _activation(tr("SiLU"), tr("z times its sigmoid"), "g(z) = z σ(z)", "swish"),
    "softplus": _activation(tr("Softplus"), tr("A ramp without a kink"), "g(z) = ln(1 + eᶻ)", "smooth"),
    "log_softmax": _activation(
        tr("Log-softmax"),
        tr("The logarithms of the chances that softmax gives"),
        "gᵢ(z) = zᵢ − ln Σⱼ eᶻʲ",
        "probability classes log",
    ),
    "step": _activation(
        tr("Step"),
        tr("1 for positive numbers, else 0; it has no slope, so that nothing is learnt through it"),
        "g(z) = 1 if z > 0, else 0",
        "heaviside threshold",
    ),
    "squared_error": KindWords(
        tr("Squared error"),
        "loss",
        LOSSES,
        tr("Compares numbers with targets; for regression"),
        "ℒ = Σ (y − ŷ)²",
        "mse target regression l2",
    ),
    "absolute_error": _loss_words(
        tr("Absolute error"), tr("Compares numbers with targets; outliers weigh less"), "ℒ = Σ |y − ŷ|", "mae l1"
    ),
    "huber": _loss_words(
        tr("Huber"),
        tr("A squared error near the target, an absolute one far from it"),
        "ℒ = Σ ½ (y − ŷ)² if |y − ŷ| ≤ δ, else δ (|y − ŷ| − ½ δ)",
        "smooth robust",
    ),
    "binary_cross_entropy_logits": _loss_words(
        tr("Binary cross-entropy on logits"),
        tr("Compares σ(z) with targets 0 or 1; straight from a weighted sum, without a sigmoid"),
        "ℒ = Σ y ln(1 + e⁻ᶻ) + (1−y) ln(1 + eᶻ)",
        "bce classification log",
    ),
    "categorical_cross_entropy_logits": _loss_words(
        tr("Categorical cross-entropy on logits"),
        tr("Compares softmax(z) with the right class; straight from weighted sums, without a softmax"),
        "ℒ = −Σ y ln softmax(z)",
        "cce classification classes log nll",
    ),
    "hinge": _loss_words(
        tr("Hinge"),
        tr("Wants a number on the right side of −1 … 1; targets 0 and 1 are read as −1 and 1"),
        "ℒ = Σ max(0, 1 − y ŷ)",
        "svm margin classification",
    ),
    "objective": _loss_words(
        tr("Objective"), tr("The value itself is J: for a circuit without targets"), "ℒ = Σ a", "goal minimise"
    ),
    "binary_cross_entropy": KindWords(
        tr("Binary cross-entropy"),
        "loss",
        LOSSES,
        tr("Compares chances in 0 … 1 with targets 0 or 1; after a sigmoid"),
        "ℒ = −Σ (y ln ŷ + (1−y) ln(1−ŷ))",
        "bce target classification log",
    ),
    "categorical_cross_entropy": KindWords(
        tr("Categorical cross-entropy"),
        "loss",
        LOSSES,
        tr("Compares the chances of classes with the right class; after a softmax"),
        "ℒ = −Σ y ln ŷ",
        "cce target classification classes log nll",
    ),
}

_GROUP_OF = {"activation": ACTIVATIONS, "loss": LOSSES, "operation": OPERATIONS}
_ICON_OF = {
    "activation": "activation",
    "loss": "loss",
    "input": "input",
    "neuron": "perceptron",
    "operation": "expression",
}

_OPTION_NAMES: Mapping[str, str] = {
    "units": tr("units"),
    "activation": tr("activation"),
    "bias": tr("bias"),
    "bias_name": tr("bias name"),
    "p": tr("chance p"),
    "alpha": "α",
    "delta": "δ",
    "affine": tr("γ and β"),
    "epsilon": "ε",
    "momentum": tr("share m"),
    "first": tr("first unit"),
    "formula": tr("formula"),
    "weight": tr("share of J"),
}

_CHOICES: Mapping[str, str] = {
    "relu": "ReLU",
    "leaky_relu": tr("leaky ReLU"),
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "log_softmax": tr("log-softmax"),
}


def kind_words(kind: str) -> KindWords:
    """How a kind is shown."""
    if kind in _WORDS:
        return _WORDS[kind]
    row = KINDS.get(kind)
    if row is None:
        return KindWords(kind, "question", OPERATIONS, tr("An unknown kind of node"))
    words = row.words[:1].upper() + row.words[1:]
    return KindWords(words, _ICON_OF.get(row.family, row.family), _GROUP_OF.get(row.family, BASICS), words)


def kind_tip(kind: str) -> str:
    """What a kind does, its formula, and its options with their defaults, line by line."""
    words = kind_words(kind)
    lines = [words.name, words.does, words.formula]
    lines += [option_tip(spec) for spec in KINDS[kind].options] if kind in KINDS else []
    return "\n".join(line for line in lines if line)


def option_name(spec: OptionSpec) -> str:
    """What an option is called beside its field."""
    return _OPTION_NAMES.get(spec.name, spec.name.replace("_", " "))


def option_tip(spec: OptionSpec) -> str:
    """What an option means, its default and its range, in one line."""
    told = [tr("{name}: {words}", name=option_name(spec), words=spec.words) if spec.words else option_name(spec)]
    told.append(tr("default {value}", value=_default(spec.default)))
    if spec.choices:
        told.append(tr("one of {choices}", choices=", ".join(map(choice_words, spec.choices))))
    elif spec.low is not None and spec.high is not None:
        told.append(tr("{low} to {high}", low=f"{spec.low:,g}", high=f"{spec.high:,g}"))
    return "; ".join(told)


def choice_words(choice: str) -> str:
    """One choice of an option as a user reads it."""
    return _CHOICES.get(choice, tr(choice))


def choice_tip(choice: str) -> str:
    """What one choice means: the formula of an activation; empty where there is nothing to add."""
    return _WORDS[choice].formula if choice in KINDS and choice in _WORDS else ""


def _default(value: Option) -> str:
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, (int, float)):
        return exact_text(value)
    return choice_words(value) if value else tr("none")


def palette_kinds() -> dict[str, list[Kind]]:
    """The kinds of the palette by group, in the order of :data:`GROUPS`; groups without a kind are left out."""
    found: dict[str, list[Kind]] = {group: [] for group in GROUPS}
    for kind in KINDS.values():
        found[kind_words(kind.name).group].append(kind)
    return {group: kinds for group, kinds in found.items() if kinds}


def kinds_meant(kinds: Iterable[str], sought: str) -> set[str]:
    """The kinds that are called by what was typed; if none is, those that have to do with it.

    >>> kinds_meant(("neuron", "add", "max_pool"), "add"), kinds_meant(("add", "squared_error"), "mse")
    ({'add'}, {'squared_error'})
    """
    known = tuple(kinds)
    return {kind for kind in known if matches(kind, sought, by_name=True)} or {
        kind for kind in known if matches(kind, sought)
    }


def matches(kind: str, sought: str, *, by_name: bool = False) -> bool:
    """Whether a kind is meant by what was typed: each word of it begins a word of its name, or group or meaning.

    >>> matches("relu", "re"), matches("squared_error", "mse"), matches("add", "loss")
    (True, True, False)
    """
    words = kind_words(kind)
    more = "" if by_name else f"{words.group} {words.does} {words.also}"
    told = f"{kind.replace('_', ' ')} {words.name} {more}".casefold()
    known = told.replace("-", " ").replace(",", " ").replace(";", " ").split()
    return all(any(word.startswith(part) for word in known) for part in sought.casefold().replace("-", " ").split())
