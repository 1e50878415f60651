import { createTheme, NavLink, Notification } from '@mantine/core'

/** The look of the screens. Shades are chosen so that text reaches a contrast of 4.5 : 1 (WCAG 2.2, 1.4.3). */
export const theme = createTheme({
  primaryColor: 'violet',
  primaryShade: { light: 7, dark: 7 },
  colors: {
    dark: [
      '#e8e6ee',
      '#c4c1cf',
      '#a5a3b0',
      '#7d7a8a',
      '#3a3545',
      '#2a2634',
      '#211e29',
      '#17151d',
      '#121017',
      '#0c0a10',
    ],
  },
  components: {
    NavLink: NavLink.extend({ styles: { root: { borderRadius: 'var(--mantine-radius-md)' } } }),
    Notification: Notification.extend({ styles: { description: { color: 'var(--mantine-color-text)' } } }),
  },
  defaultRadius: 'md',
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' } } },
  respectReducedMotion: true,
})
