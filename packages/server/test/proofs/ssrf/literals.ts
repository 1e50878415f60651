/** Loopback as an IPv4 number. */
const loopback = 0x7f000001

/** Four numbers in every notation that `inet_aton` and the URL standard read, and every short form of them. */
function notations(address: number): readonly string[] {
  const parts = [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256)
  const bases = [
    (value: number) => String(value),
    (value: number) => `0x${value.toString(16)}`,
    (value: number) => `0X${value.toString(16).toUpperCase().padStart(4, '0')}`,
    (value: number) => `0${value.toString(8)}`,
    (value: number) => `000${value.toString(8)}`,
  ]
  // The last of n parts holds the bytes that the others leave.
  return [1, 2, 3, 4].flatMap((count) => {
    const leading = parts.slice(0, count - 1)
    const rest = address % 2 ** (8 * (5 - count))
    return bases.flatMap((first) =>
      bases.map((other) => [...leading, rest].map((part, index) => (index % 2 === 0 ? first : other)(part)).join('.')),
    )
  })
}

/** The forms of IPv6 that carry an IPv4 address, and loopback itself. */
const carried = (hex: string, dotted: string) => [
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  `[::ffff:${dotted}]`,
  `[::ffff:${hex}]`,
  `[0:0:0:0:0:ffff:${hex}]`,
  `[::${dotted}]`,
  `[::ffff:0:${dotted}]`,
  `[64:ff9b::${dotted}]`,
  `[64:ff9b:1::${dotted}]`,
  `[2002:${hex}::]`,
  `[2002:${hex}::1]`,
  `[2001:0:${hex}::1]`,
  `[2606:4700::5efe:${dotted}]`,
  `[fe80::5efe:${dotted}]`,
]

/** Where clouds keep the secrets of their machines, and the insides of networks. */
const insides = [
  '169.254.169.254',
  '169.254.170.2',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  '[fd00:ec2::254]',
  '[::ffff:169.254.169.254]',
  '[64:ff9b::a9fe:a9fe]',
  '2852039166',
  '0xa9fea9fe',
  '10.0.0.1',
  '10.255.255.254',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.1.1',
  '100.64.0.1',
  '0.0.0.0',
  '0',
  '255.255.255.255',
  '224.0.0.1',
  '240.0.0.1',
  '[fc00::1]',
  '[fe80::1]',
  '[ff02::1]',
  '[fec0::1]',
]

const names = [
  'localhost',
  'LocalHost',
  'ⓛocalhost',
  '127.0.0.1.',
  '127。0。0。1',
  '１２７.0.0.1',
  '①②⑦.⓪.⓪.①',
  '%31%32%37.0.0.1',
  '127.0.0.1%2e',
]

/** Every way to write an address that must not be reached, as the host of a URL. */
export const forbiddenHosts: readonly string[] = [
  ...new Set([
    ...notations(loopback),
    ...notations(0x7f123456),
    ...carried('7f00:1', '127.0.0.1'),
    ...insides,
    ...names,
  ]),
]
