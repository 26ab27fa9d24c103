#!/bin/sh
# # Sound: small portions, and their frequencies
#
# 20 minutes
#
# A sound is a row of numbers, one for each instant. This one is a sentence of
# three seconds, 16 000 numbers a second: the **sampling rate**.

dlcli stft sample:speech --only input -f rich
#> Input  sample:speech, 47840 (time), float32, −0.269 to 0.2989
#>    0.2┤          ⢀    ⢀⣼⣶⡆              ⡀     ⡀⡄                  ⣀  ⣀
#>       │       ⣠⣤⣀⣼⣤⣰ ⣀⣾⣿⣿⣷⣄⣄⡀       ⣠⣀⣰⣴⣷⣶⣄ ⢀⣸⣿⣧ ⢰⣦⣴⣿⣿⣿⣦⡀  ⣾⣦⣦ ⡀⢀⣸⣿⣷⣿⣿⣷⡆
#>    0.0┤⠤⠤⠤⠤⠤⠤⠴⣿⣿⣿⣿⣿⣿⡶⣿⣿⣿⣿⣿⣿⣿⡧⢼⡶⠴⠤⠤⠤⣾⣿⣿⣿⣿⣿⣿⣿⣶⣾⣿⣿⣿⠤⢾⣿⣿⣿⣿⣿⣿⣿⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷⡶⠤⠤⠤⠤⠤
#>       │       ⠙⠋ ⠻⠟⠿  ⢻⣿⣿⣿⠛⡏ ⠸      ⠈⠁⠸⣿⢿⣿⠋⠁⠛⠹⣿⡏ ⢸⡟⢿⡿⠿⠿⡿⠉ ⠁⠻⠟⠛ ⠈⠈⠙⡿⠟⢻⠿⠟⠋⠁
#>   −0.2┤                ⢹⢿⡇              ⠈⠉    ⠉⠁   ⠈
#>       └┬───────────┬───────────┬───────────┬───────────┬───────────┬────────────
#>        0.0        0.5         1.0         1.5         2.0         2.5
#>                                        time (s)

#? Can you see in it which words are high and which are low?

# Hardly. A tone is not a number but something that **repeats**. To see tones, a
# portion of the sound is held against waves of many frequencies.

# ---
# ## One portion by hand
#
# Four samples, 0 1 0 −1: a wave that repeats every four. The portion is
# multiplied by the wave of frequency k, sample by sample, and added up: once by
# a cosine, once by a sine. The size of both sums says how strong k is. In the
# table 0.25 is k = 1: a quarter of a circle for each sample.
#
# `--frame` is the length of a portion, `--hop` how far on the next one begins;
# `rect` takes the samples as they are, `--no-center` adds no silence at the ends.
# A column is named by its middle sample.
# **dB** (decibels) compare strengths: −20 dB is a tenth of the size.

dlcli stft "0 1 0 -1" --frame 4 --hop 4 --window rect --no-center --only result -f rich
#> Spectrum  3 × 1 (frequency, frame), complex128, size 0 to 2
#>              frame
#>   frequency  2
#>           0  0
#>        0.25  2
#>         0.5  0
#>
#> Strongest
#>   frequency  note  below the strongest
#>        0.25                       0 dB

# ---
# ## The sum behind one frequency
#
#? Three answers, for k = 0, 1 and 2. Why is the middle one the only one that
#? is not 0?

dlcli stft "0 1 0 -1" --frame 4 --hop 4 --window rect --no-center --explain 1,0 \
  --only arithmetic -f rich
#> Arithmetic  frequency 1, 0.25: the angle turns by 1/4 of a circle a sample
#>   n     x  w  angle°  cos  −sin  w·x·cos  w·x·(−sin)
#>   0     0  1       0    1     0        0           0
#>   1     1  1      90    0    −1        0          −1
#>   2     0  1     180   −1     0        0           0
#>   3    −1  1     270    0     1        0          −1
#>   sum                                  0          −2
#>
#> Size, power and phase
#>   |s|    √(0² + (−2)²) = 2
#>   |s|²   2² = 4
#>   dB     10 log10(4) = 6.021
#>   phase  atan2(−2, 0) = −1.571 = −90°

# k = 1 is the wave that goes round once in the portion, and so does the sound.
# k = 0 is the sum, which is 0 here; k = 2 goes up and down every sample.

# ---
# ## How fine?
#
# A portion (a **frame**) of N samples at a rate of fs tells frequencies apart
# that are fs / N from each other. The notes take 11 ms.

dlcli stft sample:speech --frame 11ms --only frames -f rich
#> Frames  1088, each 176 samples; padded with 88 before and 76 after: silence
#>                      samples     time
#>   frame                  176    11 ms  90.91 Hz between frequencies
#>   hop                     44  2.75 ms  363.6 frames a second
#>   sound                47840   2.99 s
#>   frame 0          −88 to 87           −0.0055 to 0.0055 s
#>   frame 1087  47740 to 47915           2.98375 to 2.99475 s

#? And with 32 ms, three times as long: are tones told apart better or worse?
#? And moments?

dlcli stft sample:speech --frame 32ms --only frames -f rich
#> Frames  374, each 512 samples; padded with 256 before and 160 after: silence
#>                     samples    time
#>   frame                 512   32 ms  31.25 Hz between frequencies
#>   hop                   128    8 ms  125 frames a second
#>   sound               47840  2.99 s
#>   frame 0       −256 to 255          −0.016 to 0.016 s
#>   frame 373  47488 to 47999          2.968 to 3 s

# Tones three times as finely, moments three times as coarsely. No frame does
# both. (Silence at the ends puts the first and the last moment into the middle
# of a frame.)

# ---
# ## How many frames?
#
# As with a convolution: (n − frame) / hop + 1, rounded down. 12 samples,
# frame 4, hop 2:

dlcli stft "1 2 3 4 5 6 7 8 9 10 11 12" --frame 4 --hop 2 --no-center \
  --only frames -f rich
#> Frames  5, each 4 samples
#>            samples
#>   frame          4
#>   hop            2
#>   sound         12
#>   frame 0   0 to 3
#>   frame 4  8 to 11

#? And with hop 1?

dlcli stft "1 2 3 4 5 6 7 8 9 10 11 12" --frame 4 --hop 1 --no-center \
  --only frames -f rich
#> Frames  9, each 4 samples
#>            samples
#>   frame          4
#>   hop            1
#>   sound         12
#>   frame 0   0 to 3
#>   frame 8  8 to 11

# (12 − 4) / 2 + 1 = 5, and (12 − 4) / 1 + 1 = 9. Each frame gives 4 / 2 + 1 = 3
# frequencies: of real numbers the others are only their mirror.

# ---
# ## The window
#
# A portion that is cut out begins and ends with a jump, and a jump holds all
# frequencies. So each frame is faded in and out, by a **Hann** window.

#? Faded frames lose their ends. What keeps the whole sound whole?

dlcli stft "1 1 1 1 1 1 1 1" --frame 4 --hop 2 --only window -f rich
#> Window
#>   hann       w[n] = 0.5 − 0.5 cos(2πn/D),  D = 4
#>   adding up  windows 2 samples apart add up to 1 everywhere

# They overlap: where one window fades out, the next fades in, and together they
# are 1 everywhere.

# ---
# ## A tone that rises
#
# Frames side by side, frequency upwards; the stronger, the brighter (in letters
# and on paper: the darker): the **spectrogram**. This sound begins at 100 Hz and
# ends at 4000 Hz. With a hop of 320 the frames of 32 leave gaps: enough to look.

dlcli stft sample:chirp --frame 32 --hop 320 --only spectrum -f rich
#> Spectrum  17 × 101 (frequency, frame), complex64, size up to 6.723
#>   decibels below the largest
#>   frequency (Hz)
#>   8000┤                                       ..      .... .   .. ....  ... ::
#>       │                                       ..      .... .   .. ....  ....::.
#>       │                                       ...     ......   ...::..  .:::::..
#>       │                              ....    ......  ....:... ..:::::. .:::::::.
#>   6000┤  .                  ...    ......   ........ .::::::. .::::::: .:-----::
#>       │  .  .    . .. .   ......   ....... ...:::::. ::::::::.::------ :--====--
#>       │ ..  ..   . ....   ..::...  .:::::. .::::::::.:------::--=====-.-==+++++=
#>       │ .:  ..   ......  ..:::::...:::::::.::------:.--=====---=++++++-=**####%%
#>   4000┤ .:  :.. .:.::::. .:::-:::..:-----:::--=====-:==+++++==+**####%%%%%%%%%%%
#>       │ ::..::. .::::::. ::-----:::--====---==+++++==+**###%%%%%%%%%%%%%%%%%%%%%
#>       │ :-::-::.:------: --=====---==+++++=++**####%%%%%%%%%%%%%%%%%%%%%%###**+=
#>       │ --::--::-=-====- ==++++++==***###%%%%%%%%%%%%%%%%%%%%%%####**+-=+++++==-
#>   2000┤ ==--==---=+++++=:+**####%%%%%%%%%%%%%%%%%%%%%%###***+==++++===.-=====--:
#>       │ ++=+++==+**###%%%%%%%%%%%%%%%%%%%%%%%####*++-++++++=-:-=====-- :------:.
#>       │ *####%%%%%%%%%%%%%%%%%%%%%%%###**+==+++++==-:-====--:::------: .::::::..
#>       │ %%@@%%%%%%%%%%%%%%####**+==++++=+-:--====--:.:----:-:.::-:-::: .:::.::.
#>      0┤ @%@@%#%%%%%###-+:++*- ++==-= ==-=...--==-::..:---- ::.::: -::: ...:.::
#>       └┬──────┬──────┬───────┬──────┬──────┬──────┬──────┬───────┬──────┬──────┬
#>        0.0   0.2    0.4     0.6    0.8    1.0    1.2    1.4     1.6    1.8   2.0
#>                                        frame (s)
#>   −80 | .:-=+*#%@| 0

# ---
# ## Hiss and whistle
#
#? What would a hiss look like, and what a whistle?

# A hiss is a cloud over many frequencies, a whistle one line. The line above is
# broad, for its frames are short: 32 samples, and frequencies 500 Hz apart.

#? This sound is two whistles in a hiss. Which of the five strongest are which?

dlcli stft sample:tones --frame 2048 --only strongest -f rich
#> Strongest
#>   frequency  note     below the strongest
#>    440.1 Hz  A4 ±0                   0 dB
#>      660 Hz  E5 +2               −5.84 dB
#>     4467 Hz  C♯8 +13               −35 dB
#>     6142 Hz  G8 −36              −35.3 dB
#>     1781 Hz  A6 +21              −35.5 dB

# 440 and 660 Hz are the whistles; the rest is 35 dB weaker: hiss. (The column
# *note* has the nearest note; ±n are hundredths of a semitone.)

# ---
# ## Too high to be caught
#
# A rate of fs catches frequencies up to fs / 2. What is higher does not
# vanish: it comes out **as a lower one**, folded back at fs / 2: f becomes
# fs − f.

#? A tone of 5 kHz, sampled 8000 times a second: which frequency is heard?

dlcli tensor 8000 --subtract 5000 --only tensor -f rich
#> Tensor  1 × 1 (row, column), int64, all 3000
#>        column
#>   row     0
#>     0  3000

# 8000 − 5000 = 3000 Hz. That is why a recorder filters *before* it samples.

# ---
# ## Change it, and put it together again
#
# The idea of the notes: take the frequencies apart, change them, go back. A
# telephone keeps 300 to 3400 Hz.

dlcli stft sample:speech | dlcli mask --keep frequency=300:3400 --only kept -f rich
#> Kept
#>   kept    37240 of 96824 numbers (38.5 %)
#>   energy  33 % of Σ |x|² is in them

dlcli stft sample:speech | dlcli mask --keep frequency=300:3400 |
  dlcli istft --only notice -f rich -o telephone.wav
#> Notice  No sound has exactly this spectrum, since frames overlap and must
#>   agree: that of this one, the nearest, is 21.1 % off.

# 21.1 % is what the overlapping frames contradict each other by, now that parts
# of them are gone. On a terminal, `s` opens a shell in the folder where
# `telephone.wav` is: play it.

#? And if nothing is changed: do we get the very same numbers back?

dlcli stft sample:speech | dlcli istft |
  dlcli compare - sample:speech --atol 1e-6 --only verdict -f rich
#> Verdict  all numbers are within the tolerance (exit code 0)

# The same, to a millionth: nothing is lost on the way there and back.

# ---
# ## Noise
#
# In the first 0.2 seconds nobody speaks. What is there is noise, and its
# strength is a threshold for each frequency.

dlcli stft sample:speech --frame 32ms | dlcli mask --noise 0s:0.2s --only kept -f rich
#> Kept
#>   kept    47{*} of 96118 numbers (49.7 %)
#>   energy  99.1 % of Σ |x|² is in them

# A net can learn such a mask, too: `sample:speech-denoiser` has.

# ---
# ## Before you go
#
# - `dlcli stft sample:tones --frame 2048 --frequencies log`: see both tones.
# - `dlcli stft sample:speech | dlcli mask --noise 0s:0.2s | dlcli istft -o a.wav`,
#   and listen to `a.wav`.
# - Practise: `dlcli exercise frames`, `dlcli exercise bins`,
#   `dlcli exercise dft4`, `dlcli exercise alias`.
# - Go on: `dlcli lesson recurrence`.
