export const tenant = 'stands behind the door'
