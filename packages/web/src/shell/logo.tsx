/** The sign of NeonHub. Its name stands beside it. */
export const Logo = ({ size }: { readonly size: number }) => (
  <img src="/favicon.svg" width={size} height={size} alt="" />
)
