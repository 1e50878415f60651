/** The sign of NeonHub. */
export function Logo({ size }: { readonly size: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden focusable={false}>
      <rect width="32" height="32" rx="8" fill="#16121f" />
      <path
        d="M9 23V9l14 14V9"
        fill="none"
        stroke="#b197fc"
        strokeWidth="3.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="23" cy="9" r="3" fill="#63e6be" />
    </svg>
  )
}
