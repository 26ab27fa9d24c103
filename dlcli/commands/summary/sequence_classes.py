"""Classes for layers over sequences that Keras and PyTorch lack, each written where a model needs it."""

from __future__ import annotations

KERAS_CLASSES = {
    "Steps": '''
class Steps(layers.Layer):
    """The steps from start to before stop."""

    def __init__(self, start, stop=None, **more):
        super().__init__(**more)
        self.part = slice(start, stop)
        self.supports_masking = True

    def call(self, inputs):
        return inputs[:, self.part]

    def compute_mask(self, inputs, previous_mask=None):
        return None if previous_mask is None else previous_mask[:, self.part]
''',
    "LastStep": '''
class LastStep(layers.Layer):
    """The last step of each sequence that is there."""

    def __init__(self, **more):
        super().__init__(**more)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        if mask is None:
            return inputs[:, -1]
        behind = keras.ops.argmax(keras.ops.cast(mask[:, ::-1], "int32"), axis=1)
        last = inputs.shape[1] - 1 - keras.ops.cast(behind, "int32")
        return keras.ops.take_along_axis(inputs, last[:, None, None], axis=1)[:, 0]

    def compute_mask(self, inputs, previous_mask=None):
        return None
''',
    "Beside": '''
class Beside(layers.Concatenate):
    """The features of both; which steps there are is what the first says."""

    def compute_mask(self, inputs, mask=None):
        return None if mask is None else mask[0]
''',
    "PositionEmbedding": '''
class PositionEmbedding(layers.Layer):
    """Adds to each step a row that is learnt for its place."""

    def __init__(self, length, **more):
        super().__init__(**more)
        self.length = length
        self.supports_masking = True

    def build(self, shape):
        size = (self.length, shape[-1])
        self.embeddings = self.add_weight(shape=size, initializer="uniform", name="embeddings")

    def call(self, inputs):
        return inputs + self.embeddings[: inputs.shape[1]]
''',
    "SinePositions": '''
class SinePositions(layers.Layer):
    """Adds to each step sines and cosines of its place, each pair slower than the one before."""

    def __init__(self, **more):
        super().__init__(**more)
        self.supports_masking = True

    def call(self, inputs):
        time, width = inputs.shape[1:]
        rows = []
        for t in range(time):
            angles = [t / 10000 ** (i // 2 * 2 / width) for i in range(width)]
            rows.append([math.cos(a) if i % 2 else math.sin(a) for i, a in enumerate(angles)])
        return inputs + keras.ops.convert_to_tensor(rows, dtype=inputs.dtype)
''',
    "LeakyCell": '''
class LeakyCell(layers.Layer):
    """h = alpha h + (1 - alpha) f(x W + b): a running average of what comes in."""

    def __init__(self, units, alpha, activation=None, use_bias=True, **more):
        super().__init__(**more)
        self.state_size = self.output_size = units
        self.alpha, self.activation = alpha, keras.activations.get(activation)
        self.use_bias = use_bias

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.state_size), name="kernel")
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.state_size,), initializer="zeros", name="bias")

    def call(self, inputs, states):
        new = keras.ops.matmul(inputs, self.kernel)
        new = self.activation(new + self.bias if self.use_bias else new)
        h = self.alpha * states[0] + (1 - self.alpha) * new
        return h, [h]
''',
    "SkipCell": '''
class SkipCell(layers.Layer):
    """h = f(x W + h U + h' S + b), where h' is the state some steps ago."""

    def __init__(self, units, skip, activation="tanh", use_bias=True, **more):
        super().__init__(**more)
        self.units = self.output_size = units
        self.state_size = [units] * skip
        self.activation, self.use_bias = keras.activations.get(activation), use_bias

    def build(self, shape):
        u = self.units
        self.kernel = self.add_weight(shape=(shape[-1], u), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(u, u), initializer="orthogonal", name="recurrent_kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(u,), initializer="zeros", name="bias")
        self.skip_kernel = self.add_weight(shape=(u, u), initializer="orthogonal", name="skip_kernel")

    def call(self, inputs, states):
        total = keras.ops.matmul(inputs, self.kernel)
        total += keras.ops.matmul(states[0], self.recurrent_kernel)
        total += keras.ops.matmul(states[-1], self.skip_kernel)
        h = self.activation(total + self.bias if self.use_bias else total)
        return h, [h, *states[:-1]]
''',
    "Spectrogram": '''
class Spectrogram(layers.Layer):
    """Magnitudes of frequencies, in frames under a Hann window; samples are mirrored at both ends.

    layers.STFTSpectrogram(mode="magnitude", periodic=True) computes it from weights that do not learn.
    """

    def __init__(self, frame_length, frame_step, pad=(0, 0), **more):
        super().__init__(**more)
        self.length, self.step, self.pad = frame_length, frame_step, pad

    def call(self, inputs):
        x = keras.ops.pad(inputs[..., 0], ((0, 0), self.pad), mode="reflect")
        real, imaginary = keras.ops.stft(x, self.length, self.step, self.length, center=False)
        return keras.ops.sqrt(real**2 + imaginary**2)
''',
    "TransformerBlock": '''
class TransformerBlock(layers.Layer):
    """Attention and two dense layers, each with a residual connection and a normalisation."""

    def __init__(
        self, heads, width, hidden, activation="relu", norm_first=False, causal=False, to_memory=False,
        dropout=0.0, epsilon=1e-5, **more,
    ):
        super().__init__(**more)
        self.norm_first, self.causal, self.supports_masking = norm_first, causal, True
        self.attention = layers.MultiHeadAttention(heads, width // heads, name="attention")
        self.memory = None
        if to_memory:
            self.memory = layers.MultiHeadAttention(heads, width // heads, name="memory")
        self.linear1 = layers.Dense(hidden, activation=activation, name="linear1")
        self.linear2 = layers.Dense(width, name="linear2")
        self.norms = [
            layers.LayerNormalization(epsilon=epsilon, name=f"norm{i}")
            for i in ((1, 2, 3) if to_memory else (1, 2))
        ]
        self.drop = layers.Dropout(dropout)

    def call(self, inputs, memory=None, training=False):
        parts = [lambda y: self.attention(y, y, use_causal_mask=self.causal)]
        if self.memory is not None:
            parts.append(lambda y: self.memory(y, memory))
        parts.append(lambda y: self.linear2(self.linear1(y)))
        x = inputs
        for part, norm in zip(parts, self.norms):
            made = self.drop(part(norm(x) if self.norm_first else x), training=training)
            x = x + made if self.norm_first else norm(x + made)
        return x

    def compute_output_shape(self, shape, *memory):
        return shape
''',
}  # fmt: skip

#: The same for PyTorch, where sequences are (batch, time, feature).
TORCH_CLASSES = {
    "LSTM": '''
class LSTM(nn.LSTM):
    """Its output at every step, without the states at the end."""

    def forward(self, x):
        return super().forward(x)[0]
''',
    **{
        name: f'''
class {name}(nn.{name}):
    """Its output at every step, without the state at the end; it may begin with a state (batch, unit)."""

    def forward(self, x, state=None):
        return super().forward(x, None if state is None else state[None].contiguous())[0]
'''
        for name in ("GRU", "RNN")
    },
    "Merged": '''
class Merged(nn.Module):
    """What both directions give, made one."""

    def __init__(self, how):
        super().__init__()
        self.how = how

    def forward(self, x):
        one, other = x.chunk(2, -1)
        return {"sum": one + other, "ave": (one + other) / 2, "mul": one * other}[self.how]
''',
    "SkipRNN": '''
class SkipRNN(nn.RNN):
    """Each step also receives the state some steps ago, by weight_skip_l0."""

    def __init__(self, *sizes, skip, **more):
        super().__init__(*sizes, **more)
        self.skip = skip
        self.weight_skip_l0 = nn.Parameter(self.weight_hh_l0.detach().clone())

    def forward(self, x):
        function = torch.tanh if self.nonlinearity == "tanh" else torch.relu
        own, other = (self.bias_ih_l0, self.bias_hh_l0) if self.bias else (None, None)
        states = [x.new_zeros(len(x), self.hidden_size)] * self.skip
        for step in x.unbind(1):
            total = nn.functional.linear(step, self.weight_ih_l0, own)
            total = total + nn.functional.linear(states[-1], self.weight_hh_l0, other)
            states.append(function(total + nn.functional.linear(states[-self.skip], self.weight_skip_l0)))
        return torch.stack(states[self.skip :], 1)
''',
    "Leaky": '''
class Leaky(nn.Linear):
    """h = alpha h + (1 - alpha) f(x W + b): a running average of what comes in."""

    def __init__(self, features, units, alpha, activation, bias=True):
        super().__init__(features, units, bias=bias)
        self.alpha, self.activation = alpha, activation

    def forward(self, x, state=None):
        h, states = 0 if state is None else state, []
        for new in self.activation(super().forward(x)).unbind(1):
            h = self.alpha * h + (1 - self.alpha) * new
            states.append(h)
        return torch.stack(states, 1)
''',
    "Conv1d": '''
class Conv1d(nn.Conv1d):
    """Over (batch, time, feature), with zeros before and behind."""

    def __init__(self, *sizes, frame=(0, 0), **more):
        super().__init__(*sizes, **more)
        self.frame = frame

    def forward(self, x):
        return super().forward(nn.functional.pad(x.transpose(1, 2), self.frame)).transpose(1, 2)
''',
    "Spectrogram": '''
class Spectrogram(nn.Module):
    """Magnitudes of frequencies, in frames under a Hann window; samples are mirrored at both ends."""

    def __init__(self, length, step, pad=(0, 0)):
        super().__init__()
        self.length, self.step, self.pad = length, step, pad

    def forward(self, x):
        x = nn.functional.pad(x[:, None, :, 0], self.pad, mode="reflect")[:, 0]
        window = torch.hann_window(self.length, dtype=x.dtype, device=x.device)
        s = torch.stft(x, self.length, self.step, window=window, center=False, return_complex=True)
        return s.abs().transpose(1, 2)
''',
    "Positions": '''
class Positions(nn.Embedding):
    """Adds to each step a row that is learnt for its place."""

    def forward(self, x):
        return x + self.weight[: x.shape[1]]
''',
    "SinePositions": '''
class SinePositions(nn.Module):
    """Adds to each step sines and cosines of its place, each pair slower than the one before."""

    def forward(self, x):
        i = torch.arange(x.shape[2], device=x.device)
        rates = 10000 ** (-(i // 2 * 2).double() / x.shape[2])
        angles = torch.arange(x.shape[1], device=x.device)[:, None] * rates
        return x + torch.where(i % 2 == 1, angles.cos(), angles.sin()).to(x.dtype)
''',
    "Attention": '''
class Attention(nn.MultiheadAttention):
    """Each step looks at all, at none after it, or at those of a memory."""

    def __init__(self, *sizes, causal=False, **more):
        super().__init__(*sizes, batch_first=True, **more)
        self.causal = causal

    def forward(self, x, memory=None):
        seen, later = x if memory is None else memory, None
        if self.causal:
            later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        return super().forward(x, seen, seen, attn_mask=later, need_weights=False)[0]
''',
    "CausalBlock": '''
class CausalBlock(nn.TransformerEncoderLayer):
    """No step looks at one after it."""

    def forward(self, x):
        later = nn.Transformer.generate_square_subsequent_mask(x.shape[1], x.device, x.dtype)
        return super().forward(x, src_mask=later, is_causal=True)
''',
    "DecoderBlock": '''
class DecoderBlock(nn.TransformerDecoderLayer):
    """No step looks at one after it; all look at the memory."""

    def forward(self, x, memory):
        later = nn.Transformer.generate_square_subsequent_mask(x.shape[1], x.device, x.dtype)
        return super().forward(x, memory, tgt_mask=later, tgt_is_causal=True)
''',
    "Steps": '''
class Steps(nn.Module):
    """The steps from start to before stop."""

    def __init__(self, start, stop=None):
        super().__init__()
        self.part = slice(start, stop)

    def forward(self, x):
        return x[:, self.part]
''',
    "LastStep": '''
class LastStep(nn.Module):
    """The last step of each sequence."""

    def forward(self, x):
        return x[:, -1]
''',
    "MeanStep": '''
class MeanStep(nn.Module):
    """The mean of all steps."""

    def forward(self, x):
        return x.mean(1)
''',
    **{
        name: f'''
class {name}(nn.{of}):
    """Over the features of (batch, time, feature)."""

    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)
'''
        for name, of in (("FeatureNorm", "BatchNorm1d"), ("FeaturePReLU", "PReLU"))
    },
}  # fmt: skip
