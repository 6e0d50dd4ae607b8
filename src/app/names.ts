/** Friendly names for people who gave none; short, easy to tell apart, and easy to say aloud. */
const ANIMALS = (
  'Otter Heron Lynx Badger Finch Marten Puffin Hare Ibex Wren Fox Seal Crane Mole Swift Beaver Raven Newt Stork Bison ' +
  'Gecko Koala Lemur Manta Narwhal Ocelot Panda Quail Robin Sable Tapir Urchin Viper Walrus Yak Zebra Alpaca Bongo ' +
  'Civet Dingo Egret Falcon Gannet Hoopoe Impala Jackal Kestrel Loris Magpie Numbat Osprey Plover Quokka Rook Skua Toucan'
).split(' ');

/** @param random cryptographic bytes, so that names do not repeat from tab to tab. */
export function friendlyName(random: (length: number) => Uint8Array): string {
  const [high = 0, low = 0] = random(2);
  return ANIMALS[(high * 256 + low) % ANIMALS.length] ?? 'Otter';
}
